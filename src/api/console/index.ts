export { openConsole, type Console, type ConsoleDeps } from './console.ts'
export type { FeedEntry, FeedSource } from './feed.ts'
export { isLoopbackHost } from './origin.ts'
export type { SignInAttempt } from './sign-in.ts'
