export { eventConfigurationsOperations } from './operations.ts'
export { eventConfigurationsPermissions } from './permissions.ts'
export {
  noteEvent,
  openRegistryEvents,
  type ResourceOperation,
  type AssociationOperation,
} from './registry-events.ts'
export { adoptRegistryEvents } from './store.ts'
