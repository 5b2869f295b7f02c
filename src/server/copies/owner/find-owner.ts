/** Who writes copies to a place, for whoever only asks. */
import { ignoreMissing } from '../../backup/members.ts'
import { lookAtBucketClaim } from '../bucket/bucket-claims.ts'
import { openBucket } from '../bucket/open-bucket.ts'
import type { Place } from '../place.ts'
import type { Claim, StoredClaim } from './claim.ts'
import { directoryClaims } from './directory-claims.ts'
import { OwnClaims } from './own-claims.ts'

export interface FoundOwner {
  /** Undefined for one that this version cannot read. */
  claim: Claim | undefined
  /** The server of the data directory wrote it. */
  isOwn: boolean
}

/** Undefined while nobody has written there. @throws {Error} when the place cannot be read */
export async function findOwner(place: Place, dataDir: string): Promise<FoundOwner | undefined> {
  const stored = await readClaim(place)
  if (!stored) return undefined
  const { claim } = stored
  // later: a running server notes a claim before it writes it
  const own = await OwnClaims.open(dataDir).catch(ignoreMissing)
  return { claim, isOwn: claim !== undefined && own?.isLast(claim) === true }
}

async function readClaim(place: Place): Promise<StoredClaim | undefined> {
  if (place.kind === 'directory') return directoryClaims(place.directory).read()
  const isImpatient = () => Promise.reject(new Error('asked once'))
  const { bucket, patiently, ...way } = openBucket(place, isImpatient)
  using _way = way
  return await lookAtBucketClaim({ bucket, prefix: place.prefix, patiently })
}
