export { shadowsDevicePath } from './device-path.ts'
export { shadowsOperations } from './operations.ts'
export { shadowsPermissions } from './permissions.ts'
export { createShadows, type Shadows } from './shadows.ts'
