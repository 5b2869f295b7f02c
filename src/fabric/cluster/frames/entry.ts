import type { Message, Shares } from '../../in-process/index.ts'

/** A client has connected. Of two claims of one client id the one with the higher number counts, else the later name. */
export interface Claim {
  accountId: string
  clientId: string
  number: number
  nodeName: string
}

/** `isShared`: for members of those groups alone. */
export interface MessageEntry {
  message: Message
  shares?: Shares
  isShared?: true
}

export type Entry = MessageEntry | { claim: Claim }
