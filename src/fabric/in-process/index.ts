export { despiteNoRoom, NoRoomError } from './fabric.ts'
export { commitChanges, commitsOf } from './commit.ts'
export type { Change, Fabric, Message, MessageProperties, Receive, Shares, UserProperties } from './fabric.ts'
export { createLocalFabric } from './local.ts'
