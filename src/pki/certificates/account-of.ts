/**
 * Whose device a certificate is, where a client asks for no account by its name: the account that has it, or whose CA
 * signed it. What is registered as SNI_ONLY is meant for those who ask. Source: AWS IoT Developer Guide, "Using X.509
 * client certificates in multiple AWS accounts with multi-account registration".
 */
import type { CertificateMode } from '@aws-sdk/client-iot'
import { CertificateError, parseCertificate } from '../../lib/x509.ts'
import type { PresentedCertificate } from '../../lib/presented-certificate.ts'
import type { Db } from '../../store/index.ts'
import { findRegistrations } from './accounts-store.ts'
import { findIssuerByName } from './issuer-lookup.ts'
import type { FindCasBySubject } from './known-cas.ts'

export interface AccountLookupDeps {
  read: Db
  findCas: FindCasBySubject
}

/** Of these, the one that comes first where several could be meant: in the first of all, whatever its mode. */
export async function findAccountOf(
  deps: AccountLookupDeps,
  accountIds: readonly string[],
  presented: PresentedCertificate,
): Promise<string | undefined> {
  const registered = await findRegistrations(deps.read, accountIds, presented.certificateId)
  return (
    pick(accountIds, (accountId) => registered.get(accountId)) ??
    (await findByCa(deps, accountIds, presented))
  )
}

async function findByCa(
  { findCas }: AccountLookupDeps,
  accountIds: readonly string[],
  { der, x509 }: PresentedCertificate,
): Promise<string | undefined> {
  try {
    const leaf = parseCertificate(der, x509)
    const modes = new Map<string, CertificateMode>()
    for (const accountId of accountIds) {
      const { issuer } = await findIssuerByName(findCas, accountId, leaf)
      if (issuer) modes.set(accountId, issuer.certificateMode)
    }
    return pick(accountIds, (accountId) => modes.get(accountId))
  } catch (cause) {
    if (cause instanceof CertificateError) return undefined // admission says what is wrong with it
    throw cause
  }
}

function pick(
  accountIds: readonly string[],
  modeIn: (accountId: string) => CertificateMode | undefined,
): string | undefined {
  const [first] = accountIds
  return accountIds.find((accountId) => {
    const mode = modeIn(accountId)
    return mode === 'DEFAULT' || (mode === 'SNI_ONLY' && accountId === first)
  })
}
