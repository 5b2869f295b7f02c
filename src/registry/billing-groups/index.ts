export { billingGroupsOperations } from './operations.ts'
export { billingGroupsPermissions } from './permissions.ts'
export { findBillingGroup } from './store.ts'
