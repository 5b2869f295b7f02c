export type { Change, Fabric, Message, MessageProperties } from './fabric.ts'
export { createLocalFabric } from './local.ts'
