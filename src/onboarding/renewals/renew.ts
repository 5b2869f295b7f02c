/** A certificate takes the place of another: the same device, with all that it has. */
import { AwsError } from '../../api/aws/errors.ts'
import { parseArn } from '../../lib/arn.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import {
  registerCertificate,
  replaceCertificate,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { Db } from '../../store/index.ts'
import { shareAttachments } from './attachments.ts'
import { recognize, type RecognizeDeps, type Renewal } from './recognition.ts'

export interface Renewed {
  certificate: DeviceCertificate
  things: readonly string[]
  /** When the certificate that it replaces is retired. */
  retiresAt: Date
}

export interface RenewDeps extends RecognizeDeps {
  /** Does the work in a transaction: that is kept, or that is only tried. */
  transact: (work: (db: Db) => Promise<Renewed>) => Promise<Renewed>
  now: () => Date
  /** How long both are good. */
  overlapMs: number
}

/** `undefined` when it turns out that something was changed meanwhile: then all is to be judged again. */
export async function renew(
  deps: RenewDeps,
  { leaf, ca, predecessor }: Pick<Renewal, 'ca' | 'predecessor'> & { leaf: ParsedCertificate },
): Promise<Renewed | undefined> {
  const { accountId } = ca
  try {
    return await deps.transact(async (db) => {
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
    })
  } catch (error) {
    if (error instanceof Changed) return undefined
    if (error instanceof AwsError && error.code === 'ResourceAlreadyExistsException') return undefined
    throw error
  }
}

class Changed extends Error {
  override readonly name = 'Changed'
}
