export { toFirstConnection, firstConnectionOption, type FirstConnection } from './muster-options.ts'
export { deleteTags, listTags, setTags, tagValue } from './store.ts'
export { tagsOperations } from './operations.ts'
export { tagsPermissions } from './permissions.ts'
