export { openConsole, type Console, type SocketOrigin } from './console.ts'
export { isLoopbackHost } from './origin.ts'
