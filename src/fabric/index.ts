export { despiteNoRoom, NoRoomError } from './fabric.ts'
export { commitChanges, commitsOf } from './commit.ts'
export type { Change, Fabric, Message, MessageProperties, Receive, UserProperties } from './fabric.ts'
export { createLocalFabric } from './local.ts'
