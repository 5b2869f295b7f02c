/** What the server and the thread that copies tell each other. */
import type { OtherOwner } from './owner/claim.ts'
import type { OwnershipTiming } from './owner/ownership.ts'
import type { Place } from './place.ts'

export interface ThreadData {
  dataDir: string
  place: Place
  version: string
  /** Copies are kept so long. */
  keepMs: number
  timing: OwnershipTiming
}

export type ToThread = 'take-rest' | 'log-began-anew' | 'close'

export type FromThread =
  | { kind: 'rest-taken' }
  /** All that had been committed by `at`, epoch milliseconds, is copied and can be restored. */
  | { kind: 'current'; at: number }
  /** Another server writes there, and nothing is copied meanwhile; told again at each look. */
  | { kind: 'waiting'; other: OtherOwner }
  /** The place is this server's; `before` had it until then, if it was another's. */
  | { kind: 'taken'; before: OtherOwner | undefined }
  /** Another server has taken the place: the thread ends, and the next one waits. */
  | { kind: 'lost' }
  | { kind: 'unconditional' }
