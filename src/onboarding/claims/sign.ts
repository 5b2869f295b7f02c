/**
 * Has a function of the account certify a device, with a CA of its own. Source: AWS IoT Developer Guide, "Self-managed
 * certificate signing using AWS IoT Core certificate provider".
 */
import { isJsonObject, type JsonValue } from '../../lib/lenient-json.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import { checkDeviceCertificate, checkNotExpired, readCsr } from '../../pki/certificates/index.ts'
import { certificateProviderArn, type CertificateProvider } from '../certificate-providers/index.ts'
import { askFunction, NoAnswer, type AskDeps } from '../hooks/index.ts'
import { refusals } from './claim-refusal.ts'
import type { Requester } from './requester.ts'

export interface SignDeps extends AskDeps {
  now: () => Date
  region: string
}

/** AWS's own names: this is what functions get. */
interface SigningEvent {
  certificateSigningRequest: string
  /** Of the certificate, or the identity, that the client connected with. */
  principalId: string
  clientId: string
}

/**
 * Resolves with a certificate of the request's key. The function sees no request that is malformed.
 * @throws {AwsError} `InvalidRequestException` for a request that is
 * @throws {ClaimRefusal} when the function fails, or returns anything else than such a certificate
 */
export async function sign(
  deps: SignDeps,
  requester: Requester,
  { provider, csrPem }: { provider: CertificateProvider; csrPem: string },
): Promise<ParsedCertificate> {
  const { accountId, claim, principal = '', clientId = '' } = requester
  const { certificateProviderName: name, lambdaFunctionArn: functionArn } = provider
  const { key } = await readCsr(csrPem)
  const event: SigningEvent = {
    certificateSigningRequest: csrPem,
    principalId: claim?.certificateId ?? principal,
    clientId,
  }
  const sourceArn = certificateProviderArn({ accountId, region: deps.region }, name)
  const details = { provider: name, function: functionArn }
  const said = await askFunction(deps, { accountId, functionArn, sourceArn, event }).catch(
    (cause: unknown) => {
      throw cause instanceof NoAnswer ? refusals.providerFailed({ ...details, error: cause.message }) : cause
    },
  )
  try {
    const certificate = parseCertificate(readPem(said))
    checkCertificate(certificate, deps.now())
    if (!certificate.publicKey.equals(key)) throw new CertificateError('is of another key than the request')
    return certificate
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause
    throw refusals.providerUnfit({ ...details, error: cause.message })
  }
}

/** @throws {CertificateError} */
function readPem(said: JsonValue | undefined): string {
  const pem = isJsonObject(said) ? said['certificatePem'] : undefined
  if (typeof pem !== 'string') throw new CertificateError('is missing: it did not return certificatePem')
  const count = pem.split('-----BEGIN ').length - 1
  if (count !== 1) throw new CertificateError(`must be one PEM block, it returned ${count}`)
  return pem
}

/** @throws {CertificateError} */
function checkCertificate(certificate: ParsedCertificate, now: Date): void {
  checkDeviceCertificate(certificate)
  checkNotExpired(certificate, now)
  if (certificate.x509.ca) throw new CertificateError('is that of a CA, not of a device')
}
