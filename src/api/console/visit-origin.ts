import type { Caller } from '../aws/caller.ts'

/** Who is signed in, and what policies can know of the request. */
export interface VisitOrigin {
  caller: Caller
  sourceIp: string
  /** Whether it came over TLS. */
  isSecure: boolean
}
