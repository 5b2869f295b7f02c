export { thingTypesOperations } from './operations.ts'
export { thingTypesPermissions } from './permissions.ts'
export { findThingType, getThingType } from './store.ts'
export { checkUsable } from './thing-type.ts'
