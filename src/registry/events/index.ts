export { eventConfigurationsOperations } from './operations.ts'
export { eventConfigurationsPermissions } from './permissions.ts'
export { noteEvent, openRegistryEvents } from './registry-events.ts'
export { adoptRegistryEvents } from './store.ts'
