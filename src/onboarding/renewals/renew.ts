/** A certificate takes the place of another: the same device, with all that it has. */
import { AwsError } from '../../api/aws/errors.ts'
import { parseArn } from '../../lib/arn.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import {
  registerCertificate,
  replaceCertificate,
  workOnCertificate,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import { allThingsOfPrincipal, workOnThing } from '../../registry/things/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { shareAttachments } from './attachments.ts'
import { recognize, type RecognizeDeps, type Renewal } from './recognition.ts'

export interface Renewed {
  certificate: DeviceCertificate
  things: readonly string[]
  /** When the certificate that it replaces is retired. */
  retiresAt: Date
}

export interface RenewDeps extends RecognizeDeps {
  store: Pick<Store, 'read'>
  /** Does the work in a transaction: that is kept, or that is only tried. `apart` as of `Store.transact`. */
  transact: (work: (db: Db) => Promise<Renewed>, apart: readonly string[]) => Promise<Renewed>
  now: () => Date
  /** How long both are good. */
  overlapMs: number
}

type Renewing = Pick<Renewal, 'ca' | 'predecessor'> & { leaf: ParsedCertificate }

/** `undefined` when it turns out that something was changed meanwhile: then all is to be judged again. */
export async function renew(deps: RenewDeps, renewing: Renewing): Promise<Renewed | undefined> {
  const { leaf, predecessor } = renewing
  const { accountId, certificateId, certificateArn } = predecessor
  const known = await allThingsOfPrincipal(deps.store.read, accountId, certificateArn)
  const apart = new Set([
    ...[certificateId, leaf.certificateId].map((id) => workOnCertificate(accountId, id)),
    ...known.map(({ thingName }) => workOnThing(accountId, thingName)),
  ])
  const work = async (db: Db) => {
    const renewed = await carryOut(deps, db, renewing)
    if (renewed.things.every((thingName) => apart.has(workOnThing(accountId, thingName)))) return renewed
    throw new Changed() // it has a thing by now that others may be working on
  }
  try {
    return await deps.transact(work, [...apart])
  } catch (error) {
    if (error instanceof Changed) return undefined
    if (error instanceof AwsError && error.code === 'ResourceAlreadyExistsException') return undefined
    throw error
  }
}

async function carryOut(deps: RenewDeps, db: Db, { leaf, ca, predecessor }: Renewing): Promise<Renewed> {
  const { accountId } = ca
  const found = await recognize(deps, db, { leaf, ca })
  const isSame =
    found.outcome === 'renewal' && found.renewal.predecessor.certificateId === predecessor.certificateId
  if (!isSame) throw new Changed()
  // later than the one before also within a millisecond: the latest is the device's
  const now = new Date(Math.max(deps.now().getTime(), predecessor.creationDate.getTime() + 1))
  const region = parseArn(ca.certificateArn)?.region ?? ''
  const registration = { accountId, region, certificate: leaf, ca, status: 'ACTIVE' as const, now }
  const certificate = await registerCertificate(db, registration)
  const retiresAt = new Date(now.getTime() + deps.overlapMs)
  await replaceCertificate(db, found.renewal.predecessor, {
    replacedBy: certificate.certificateId,
    retiresAt,
  })
  const [from, to] = [predecessor.certificateArn, certificate.certificateArn]
  return { certificate, things: await shareAttachments(db, accountId, { from, to }), retiresAt }
}

class Changed extends Error {
  override readonly name = 'Changed'
}
