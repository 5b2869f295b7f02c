/** Certificates for devices that have none yet. Source: AWS IoT Developer Guide, "Device provisioning MQTT API". */
import { randomBytes } from 'node:crypto'
import { AwsError } from '../../api/aws/errors.ts'
import type { JsonObject } from '../../lib/lenient-json.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import { registerUnprovisioned, type Issuer } from '../../pki/certificates/index.ts'
import type { Store } from '../../store/index.ts'
import { refusals } from './claim-refusal.ts'
import type { Requester } from './requester.ts'
import { readCsr } from './request-document.ts'
import { hashOf, saveOwnership } from './store.ts'

export interface IssueDeps {
  store: Pick<Store, 'transact'>
  issuer: Pick<Issuer, 'issueKeys' | 'issueFromCsr'>
  now: () => Date
  region: string
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

/** @throws {ClaimRefusal} */
export async function issueFromCsr(
  deps: IssueDeps,
  requester: Requester,
  document: JsonObject,
): Promise<IssuedDocument> {
  const csr = readCsr(document)
  try {
    return await register(deps, requester, await deps.issuer.issueFromCsr(csr, deps.now()))
  } catch (cause) {
    throw cause instanceof AwsError ? refusals.badCsr(cause.message) : cause
  }
}

/** Resolves once both are durable: the certificate, and who it belongs to. */
async function register(
  { store, now, region }: IssueDeps,
  { accountId }: Requester,
  certificate: ParsedCertificate,
): Promise<IssuedDocument> {
  const { certificateId, pem } = certificate
  const token = randomBytes(32).toString('base64url')
  const at = now()
  await store.transact(async (db) => {
    await registerUnprovisioned(db, { accountId, region, certificate, now: at })
    const expiresAt = new Date(at.getTime() + ownershipMs)
    await saveOwnership(db, { accountId, tokenSha256: hashOf(token), certificateId, expiresAt })
  })
  return { certificateId, certificatePem: pem, certificateOwnershipToken: token }
}
