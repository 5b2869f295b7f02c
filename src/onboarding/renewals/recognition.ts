/**
 * Identity that outlives a certificate: whether a certificate that nobody knows belongs to a device that is known.
 * What of it counts is the CA's tag `muster:identity`.
 */
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { JournalCode } from '../../observability/journal/index.ts'
import {
  findLatestOfKey,
  findLatestOfName,
  type CaCertificate,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { RevocationLists } from '../../pki/revocation-lists/index.ts'
import type { Db } from '../../store/index.ts'

/** The device has the certificate `predecessor`, and one of `ca` is to take its place. */
export interface Renewal {
  ca: CaCertificate
  predecessor: DeviceCertificate
  by: 'key' | 'common-name'
}

export type Recognition =
  | { outcome: 'stranger' }
  | { outcome: 'renewal'; renewal: Renewal }
  | { outcome: 'refuse'; code: JournalCode; predecessor: DeviceCertificate }

interface Newcomer {
  leaf: ParsedCertificate
  ca: CaCertificate
}

export type RecognizeDeps = { revocationLists?: Pick<RevocationLists, 'judge'> | undefined }

/** Of a certificate that is not registered, whose CA lets devices in. */
export async function recognize(deps: RecognizeDeps, db: Db, { leaf, ca }: Newcomer): Promise<Recognition> {
  const { identity = 'certificate' } = ca.options
  if (identity === 'certificate') return { outcome: 'stranger' }
  const { accountId } = ca
  const sameKey = await findLatestOfKey(db, accountId, leaf)
  if (sameKey && isDecided(sameKey)) return judge(deps, { ca, predecessor: sameKey, by: 'key' })
  const sameName = await findLatestOfName(db, { accountId, caCertificateIds: namingCas(ca) }, leaf)
  if (!sameName || !isDecided(sameName)) return { outcome: 'stranger' }
  if (identity === 'key') return { outcome: 'refuse', code: 'renewal-key-changed', predecessor: sameName }
  return judge(deps, { ca, predecessor: sameName, by: 'common-name' })
}

/** Whose names this CA may speak for: its own, and those of the one that it succeeds. */
const namingCas = ({ certificateId, options: { succeeds } }: CaCertificate): string[] => [
  certificateId,
  ...(succeeds === undefined ? [] : [succeeds]),
]

/** Nobody has decided yet about one that waits: it keeps nobody out, and nobody takes its place. */
const isDecided = ({ status }: DeviceCertificate) => status !== 'PENDING_ACTIVATION'

/** Who was shut out stays out: a new certificate is no way around that. */
function judge({ revocationLists }: RecognizeDeps, renewal: Renewal): Recognition {
  const { predecessor } = renewal
  const { accountId, caCertificateId, status } = predecessor
  const revocation =
    caCertificateId === undefined
      ? undefined
      : revocationLists?.judge({
          accountId,
          caCertificateId,
          certificate: parseCertificate(predecessor.certificatePem),
        })
  if (status === 'ACTIVE' && revocation === undefined) return { outcome: 'renewal', renewal }
  return { outcome: 'refuse', code: 'renewal-predecessor-closed', predecessor }
}
