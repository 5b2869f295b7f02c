/**
 * The claim to a prefix of a bucket, by conditional writes. Source: Amazon S3 User Guide, "How to prevent object overwrites with
 * conditional writes". A service that does not know them is found out, and the claim is looked at before and after each write.
 */
import { hash } from 'node:crypto'
import { BucketError, type Bucket, type PutCondition } from '../../../lib/outbound/bucket.ts'
import { decodeClaim, encodeClaim, type Claim, type ClaimStore, type StoredClaim } from '../owner/claim.ts'
import type { Patiently } from './stored-files.ts'

const claimName = 'owner.json'
/** Holds nothing: to find out whether a write that must fail does. */
const trialName = 'conditional-writes.json'
const maxClaimBytes = 65_536

export interface BucketClaimsOptions {
  bucket: Bucket
  /** Ends with a slash, or is empty. */
  prefix: string
  patiently: Patiently
  /** Told when the service does not know conditional writes. */
  onUnconditional: () => void
}

export async function openBucketClaims(options: BucketClaimsOptions): Promise<ClaimStore> {
  const claims = new BucketClaims(options)
  if (await claims.knowsConditions()) return claims.conditional()
  options.onUnconditional()
  return claims.looking()
}

/** For whoever only asks. */
export const lookAtBucketClaim = (
  options: Omit<BucketClaimsOptions, 'onUnconditional'>,
): Promise<StoredClaim | undefined> => new BucketClaims(options).looking().read()

class BucketClaims {
  readonly #options: Omit<BucketClaimsOptions, 'onUnconditional'>

  constructor(options: Omit<BucketClaimsOptions, 'onUnconditional'>) {
    this.#options = options
  }

  /** Two writes that must fail do fail. The object has the same content always: whoever tries at the same time does no harm. */
  async knowsConditions(): Promise<boolean> {
    const trial = Buffer.from('{}\n')
    const put = (condition: PutCondition) => this.#putIf(trialName, trial, condition)
    const first = await put({ ifNoneMatch: '*' })
    if (first === 'unknown') return false
    return (
      (await put({ ifNoneMatch: '*' })) === undefined &&
      (await put({ ifMatch: '"00000000000000000000000000000000"' })) === undefined
    )
  }

  conditional(): ClaimStore {
    const put = async (claim: Claim, condition: PutCondition) => {
      const tag = await this.#putIf(claimName, encodeClaim(claim), condition)
      return tag === 'unknown' ? undefined : tag
    }
    return {
      read: () => this.#read(({ etag }) => etag ?? ''),
      create: (claim) => put(claim, { ifNoneMatch: '*' }),
      replace: (claim, tag) => put(claim, { ifMatch: tag }),
      isToBeConfirmed: { create: false, replace: false },
    }
  }

  looking(): ClaimStore {
    const read = () => this.#read(({ bytes }) => hash('sha256', bytes, 'hex'))
    const putAfter = async (claim: Claim, tag: string | undefined) => {
      if ((await read())?.tag !== tag) return undefined
      const bytes = encodeClaim(claim)
      await this.#put(claimName, bytes)
      return hash('sha256', bytes, 'hex')
    }
    return {
      read,
      create: (claim) => putAfter(claim, undefined),
      replace: putAfter,
      isToBeConfirmed: { create: true, replace: true },
    }
  }

  /** Resolves with the tag; with undefined when the condition does not hold, `unknown` when the service knows none. */
  async #putIf(name: string, bytes: Uint8Array, condition: PutCondition): Promise<string | undefined> {
    try {
      return (await this.#put(name, bytes, condition)) ?? 'unknown'
    } catch (error) {
      const { status = 0 } = error instanceof BucketError ? error : {}
      if (isNotMet(status) || (status === 404 && condition.ifMatch !== undefined)) return undefined
      if (isUnknown(status)) return 'unknown'
      throw error
    }
  }

  #put(name: string, bytes: Uint8Array, condition?: PutCondition): Promise<string | undefined> {
    const { bucket, prefix, patiently } = this.#options
    return patiently(() => bucket.put(`${prefix}${name}`, bytes, condition))
  }

  async #read(
    tagOf: (found: { bytes: Buffer; etag: string | undefined }) => string,
  ): Promise<StoredClaim | undefined> {
    const { bucket, prefix, patiently } = this.#options
    try {
      const found = await patiently(() => bucket.getWhole(`${prefix}${claimName}`, maxClaimBytes))
      return { claim: decodeClaim(found.bytes), tag: tagOf(found) }
    } catch (error) {
      if (error instanceof BucketError && error.status === 404) return undefined
      throw error
    }
  }
}

/** 409: another write is under way. That what is to be replaced is gone is 404, as for a bucket that is not there. */
const isNotMet = (status: number): boolean => status === 412 || status === 409

/** As of those who refuse a header that they do not know. */
const isUnknown = (status: number): boolean => status === 501 || status === 400 || status === 405
