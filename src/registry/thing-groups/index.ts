export { addThingToGroup, allGroupsOfThing, groupsOfThing, removeThingFromGroup } from './membership-store.ts'
export { thingGroupsOperations } from './operations.ts'
export { thingGroupsPermissions } from './permissions.ts'
export { findThingGroup } from './store.ts'
