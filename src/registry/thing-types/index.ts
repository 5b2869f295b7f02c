export { thingTypesOperations } from './operations.ts'
export { thingTypesPermissions } from './permissions.ts'
export { findThingType, getThingType, listEnrichments } from './store.ts'
export { checkUsable, type Enrichment } from './thing-type.ts'
