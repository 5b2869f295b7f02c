/** What says who writes copies to a place: docs/decisions/0054-who-writes-the-copies.md. */
import { z } from 'zod'

const time = z.iso.datetime()

const claimSchema = z.object({
  /** Of a data directory, random. */
  owner: z.string(),
  /** Another one each time that the claim is written. */
  nonce: z.string(),
  /** For people: the machine. */
  host: z.string(),
  since: time,
  renewedAt: time,
  /** Of Muster. */
  version: z.string(),
  /** Whoever wrote it has stopped. */
  releasedAt: time.optional(),
})
export type Claim = z.infer<typeof claimSchema>

/** The one there, and by what it is known: a write that names it fails once there is another. */
export interface StoredClaim {
  /** Undefined for one that this version cannot read. */
  claim: Claim | undefined
  /** Other for other contents. */
  tag: string
}

/** Where a claim lies. */
export interface ClaimStore {
  read: () => Promise<StoredClaim | undefined>
  /** Where there is none. Resolves with its tag; with undefined when somebody else was faster. */
  create: (claim: Claim) => Promise<string | undefined>
  /** In place of the one with that tag. Resolves with the new one's; with undefined when that is not there any more. */
  replace: (claim: Claim, tag: string) => Promise<string | undefined>
  /** Whether two that write at the same time may both be told that they were the first: then one looks again after a while. */
  isToBeConfirmed: { create: boolean; replace: boolean }
}

/** Names only what `claim` says, for messages. */
export interface OtherOwner {
  owner: string
  host: string
  since: string
  renewedAt: string
  /** Its data directory and this one were the same once: one is a copy. */
  isOfCopy: boolean
}

export const encodeClaim = (claim: Claim): Buffer => Buffer.from(`${JSON.stringify(claim, undefined, 2)}\n`)

export function decodeClaim(bytes: Buffer): Claim | undefined {
  try {
    return claimSchema.parse(JSON.parse(bytes.toString()))
  } catch {
    return undefined
  }
}
