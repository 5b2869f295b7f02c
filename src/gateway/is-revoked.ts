import { parseCertificate } from '../lib/x509.ts'
import type { RevocationDeps } from './authorization.ts'
import type { Peer } from './mqtt/client.ts'

/** Whether the revocation list of the CA that brought the peer's certificate in names it. */
export async function isRevoked(
  revocations: RevocationDeps | undefined,
  { accountId, der, x509 }: Pick<Peer, 'accountId' | 'der' | 'x509'>,
  caCertificateId: string | undefined,
): Promise<boolean> {
  if (!revocations || caCertificateId === undefined || !der) return false
  const { serialNumber } = x509 ?? parseCertificate(der)
  return revocations.isRevoked(accountId, caCertificateId, serialNumber)
}
