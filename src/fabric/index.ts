export type { Change, Fabric, Message, MessageProperties } from './fabric.ts'
