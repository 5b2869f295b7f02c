export { openConsole, type Console } from './console.ts'
export { isLoopbackHost } from './origin.ts'
