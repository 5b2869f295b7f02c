/** What a call of a known caller was, for whoever keeps a record of calls. */
import type { Caller } from './caller.ts'
import type { StructureShape } from './model.ts'

/** Filled in while the call is answered; complete once its work has ended. */
export interface RecordedCall {
  requestId: string
  caller: Caller
  /** That signed it, or opened the session. */
  accessKeyId?: string | undefined
  sourceIp: string
  userAgent?: string | undefined
  isSecure: boolean
  /** Names of the models, `muster` for a route of Muster's own; empty until they are known. */
  name: { service: string; operation: string }
  /** What the model says of `input`; absent for a route of Muster's own. */
  shape?: StructureShape | undefined
  /** Absent until it has been read. */
  input?: Readonly<Record<string, unknown>>
  /** Whose operation cannot change anything; absent: its name tells. */
  isReadOnly?: boolean
  /** ARNs that were judged, in that order. */
  resources: string[]
}

/**
 * Does the work of a call. What it commits carries the call's entry; for all else the entry is written before this
 * resolves or rejects as `work` did.
 * @throws {Error} when no entry can be written: the call must not be answered then
 */
export type RecordCall = <T>(call: RecordedCall, work: () => Promise<T>) => Promise<T>
