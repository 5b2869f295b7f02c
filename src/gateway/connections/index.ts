export { connectivityOperations } from './connectivity-operations.ts'
export { directMessagesDevicePath } from './device-path.ts'
export { connectionsOperations } from './operations.ts'
export { connectionsPermissions, connectivityPermissions } from './permissions.ts'
