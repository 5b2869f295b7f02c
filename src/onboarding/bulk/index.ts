export { openBulk, type Bulk } from './bulk.ts'
export { bulkPermissions } from './permissions.ts'
export { reportPath } from './reports.ts'
export { adoptTasks } from './store.ts'
