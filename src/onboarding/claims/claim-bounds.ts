/** How long and how often a claim may be used: tags of its certificate. */
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { claimUntilOption, claimUsesOption, listTags } from '../../registry/tags/index.ts'
import type { Db } from '../../store/index.ts'
import { refusals, type ClaimRefusal } from './claim-refusal.ts'
import { addUse, countUses } from './store.ts'

interface ClaimBounds {
  /** Devices that may be provisioned with it, ever. */
  uses?: number
  until?: Date
}

async function findBounds(db: Db, { accountId, certificateArn }: DeviceCertificate): Promise<ClaimBounds> {
  const tags = new Map((await listTags(db, accountId, certificateArn)).map(({ Key, Value }) => [Key, Value]))
  const uses = tags.get(claimUsesOption)
  const until = tags.get(claimUntilOption)
  return {
    ...(uses !== undefined && { uses: Number(uses) }),
    ...(until !== undefined && { until: new Date(until) }),
  }
}

/** Pure. `uses`: devices that were provisioned with it, this one included. */
function findExcess(
  { notAfter }: Pick<DeviceCertificate, 'notAfter'>,
  bounds: ClaimBounds,
  { uses, now }: { uses: number; now: Date },
): ClaimRefusal | undefined {
  // a connection may be older than the end of its certificate
  if (now > notAfter)
    return refusals.claimLimit({ error: 'the claim has expired', until: notAfter.toISOString() })
  const { until } = bounds
  if (until && now > until)
    return refusals.claimLimit({ error: `its ${claimUntilOption} is over`, until: until.toISOString() })
  if (bounds.uses !== undefined && uses > bounds.uses)
    return refusals.claimLimit({ error: `its ${claimUsesOption} are used up`, uses: bounds.uses })
  return undefined
}

/** Asked before anything is made. @throws {ClaimRefusal} */
export async function checkClaim(db: Db, claim: DeviceCertificate, now: Date): Promise<void> {
  await check(db, claim, { more: 1, now })
}

/** Counts a device, in the transaction that makes it. @throws {ClaimRefusal} */
export async function useClaim(db: Db, claim: DeviceCertificate, now: Date): Promise<void> {
  await addUse(db, claim.accountId, claim.certificateId)
  await check(db, claim, { more: 0, now })
}

/** `more`: devices that are not counted yet. */
async function check(
  db: Db,
  claim: DeviceCertificate,
  { more, now }: { more: number; now: Date },
): Promise<void> {
  const bounds = await findBounds(db, claim)
  const counted = bounds.uses === undefined ? 0 : await countUses(db, claim.accountId, claim.certificateId)
  const excess = findExcess(claim, bounds, { uses: more + counted, now })
  if (excess) throw excess
}
