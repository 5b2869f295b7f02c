/** Certificates for devices that have none yet. Source: AWS IoT Developer Guide, "Device provisioning MQTT API". */
import { randomBytes } from 'node:crypto'
import { AwsError } from '../../api/aws/errors.ts'
import type { JsonObject } from '../../lib/lenient-json.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import {
  findCasBySubject,
  findIssuerByName,
  registerUnprovisioned,
  type CaCertificate,
  type Issuer,
} from '../../pki/certificates/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { findCertificateProvider, type CertificateProvider } from '../certificate-providers/index.ts'
import { namesOf } from '../provisioning/index.ts'
import { refusals } from './claim-refusal.ts'
import type { Requester } from './requester.ts'
import { readCsr } from './request-document.ts'
import { sign, type SignDeps } from './sign.ts'
import { hashOf, saveOwnership } from './store.ts'

export interface IssueDeps extends SignDeps {
  store: Pick<Store, 'transact' | 'read'>
  issuer: Pick<Issuer, 'issueKeys' | 'issueFromCsr'>
}

/** So long a device has to be provisioned; afterwards its certificate is deleted. */
const ownershipMs = 3_600_000

/** What the device gets. Its members are AWS's. */
export interface IssuedDocument {
  certificateId: string
  certificatePem: string
  /** Of keys that were made for it; kept nowhere. */
  privateKey?: string
  certificateOwnershipToken: string
}

export async function issueWithKeys(deps: IssueDeps, requester: Requester): Promise<IssuedDocument> {
  const { certificate, privateKeyPem: privateKey } = await deps.issuer.issueKeys(deps.now())
  return { ...(await register(deps, requester, certificate)), privateKey }
}

/** By the account's certificate provider, where it has one. @throws {ClaimRefusal} */
export async function issueFromCsr(
  deps: IssueDeps,
  requester: Requester,
  document: JsonObject,
): Promise<IssuedDocument> {
  const csrPem = readCsr(document)
  const provider = await findCertificateProvider(deps.store.read, requester.accountId)
  try {
    if (provider) return await issueSigned(deps, requester, { provider, csrPem })
    return await register(deps, requester, await deps.issuer.issueFromCsr(csrPem, deps.now()))
  } catch (cause) {
    throw cause instanceof AwsError ? refusals.badCsr(cause.message) : cause
  }
}

/** Below the CA that signed it, where that is registered: then its revocation list counts. */
async function issueSigned(
  deps: IssueDeps,
  requester: Requester,
  { provider, csrPem }: { provider: CertificateProvider; csrPem: string },
): Promise<IssuedDocument> {
  const { store } = deps
  const certificate = await sign(deps, requester, { provider, csrPem })
  const findCas = (accountId: string, subjectKey: string) =>
    findCasBySubject(store.read, accountId, subjectKey)
  const { issuer } = await findIssuerByName(findCas, requester.accountId, certificate)
  try {
    return await register(deps, requester, certificate, issuer)
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause
    const { certificateProviderName, lambdaFunctionArn } = provider
    const details = { provider: certificateProviderName, function: lambdaFunctionArn }
    throw refusals.providerUnfit({ ...details, error: 'the certificate is registered already' })
  }
}

/** Resolves once both are durable: the certificate, and who it belongs to. */
async function register(
  { store, now, region }: IssueDeps,
  { accountId }: Requester,
  certificate: ParsedCertificate,
  ca?: CaCertificate,
): Promise<IssuedDocument> {
  const { certificateId, pem } = certificate
  const token = randomBytes(32).toString('base64url')
  const at = now()
  const work = async (db: Db) => {
    await registerUnprovisioned(db, { accountId, region, certificate, ...(ca && { ca }), now: at })
    const expiresAt = new Date(at.getTime() + ownershipMs)
    await saveOwnership(db, { accountId, tokenSha256: hashOf(token), certificateId, expiresAt })
  }
  await store.transact(work, undefined, namesOf(accountId, { certificateId }))
  return { certificateId, certificatePem: pem, certificateOwnershipToken: token }
}
