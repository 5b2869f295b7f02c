/** What the server and the thread that copies tell each other. */
import type { Place } from './place.ts'

export interface ThreadData {
  dataDir: string
  place: Place
  version: string
  /** Copies are kept so long. */
  keepMs: number
}

export type ToThread = 'take-rest' | 'log-began-anew' | 'close'

/** `current`: all that had been committed by `at`, epoch milliseconds, is copied and can be restored. */
export type FromThread = { kind: 'rest-taken' } | { kind: 'current'; at: number }
