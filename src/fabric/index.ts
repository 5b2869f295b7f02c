export type { Change, Fabric, Message, MessageProperties, UserProperties } from './fabric.ts'
export { createLocalFabric } from './local.ts'
