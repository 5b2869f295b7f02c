export { Frames } from './frames.ts'
export type { Claim, Entry, MessageEntry } from './entry.ts'
