import { parseCertificate } from '../../lib/x509.ts'
import type { RevocationDeps } from './authorization.ts'
import type { Peer } from './mqtt/client.ts'

/** Whether the revocation list of the CA that brought the peer's certificate in names it. */
export async function isRevoked(
  revocations: RevocationDeps | undefined,
  { accountId, certificate }: Pick<Peer, 'accountId' | 'certificate'>,
  caCertificateId: string | undefined,
): Promise<boolean> {
  if (!revocations || caCertificateId === undefined || !certificate) return false
  const { serialNumber } = certificate.x509 ?? parseCertificate(certificate.der)
  return revocations.isRevoked(accountId, caCertificateId, serialNumber)
}
