/** How a connection comes to its session, and how it leaves it. */
import type { PassingLimits } from './passing-queue.ts'
import type { Session, Will } from './session.ts'

export interface OpenRequest {
  accountId: string
  clientId: string
  version: 4 | 5
  isCleanStart: boolean
  /** What the client asked for; of 3.1.1 0 when it is clean, else anything. */
  expirySeconds: number
  will?: Will | undefined
  /** Bounds what waits for a client whose session ends with its connection. */
  passing: PassingLimits
}

export interface OpenedSession {
  session: Session
  /** The client's earlier session goes on. */
  isPresent: boolean
  /** To be waited for before the client is told. */
  durable: Promise<void> | undefined
}

/** How a connection ended. */
export interface Closing {
  /** Absent when the client took its leave without it. */
  will?: Will | undefined
  /** From the client's DISCONNECT. */
  expirySeconds?: number | undefined
}
