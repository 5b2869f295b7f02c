export { openConsole, type Console } from './console.ts'
export type { VisitOrigin } from './visit-origin.ts'
export { isLoopbackHost } from './origin.ts'
