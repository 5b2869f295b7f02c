export { createLogs, type Logs } from './logs.ts'
export { logStreamArn } from './log-group.ts'
export { logsOperations } from './operations.ts'
export { logsPermissions } from './permissions.ts'
