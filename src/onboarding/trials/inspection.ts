/** What a PEM holds, who signed it, what is known of it here, and what would happen if it connected now. */
import { iotError } from '../../api/aws/errors.ts'
import { CertificateError, type ParsedCertificate } from '../../lib/x509.ts'
import { attachedPolicyNames } from '../../rights/iot-policies/index.ts'
import {
  checkDeviceCertificate,
  findCaCertificate,
  findCertificate,
  isSignedBy,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import { listPrincipalThings } from '../../registry/things/index.ts'
import type { Store } from '../../store/index.ts'
import type { Onboarding, Rehearsal } from '../admission/index.ts'
import { describeCa, describeContents, toVerdict } from './facts.ts'
import { readCertificate } from './read-certificate.ts'
import type { CaFacts, CertificateContents, Verdict } from './report.ts'

export interface InspectionDeps {
  store: Pick<Store, 'read'>
  onboarding: Pick<Onboarding, 'rehearse'>
}

export interface InspectionRequest {
  accountId: string
  sourceIp: string
  /** One or more blocks; the first is the one that is asked about. */
  pem: string
  clientId?: string | undefined
}

export interface CertificateFacts extends CertificateContents {
  isCa: boolean
  /** E.g. `rsa 2048`, `ec prime256v1`. */
  key: string
  signatureAlgorithm: string
  /** Why AWS IoT takes no device with it, if so. */
  fault?: string
  /** Whether the next one of the PEM signed it; absent for the last. */
  isSignedByNext?: boolean
}

interface RegistrationFacts {
  status: string
  pendingReason?: string
  caCertificateId?: string
  registered: string
  things: readonly string[]
  policies: readonly string[]
}

export interface Inspection {
  /** As they stand in the PEM. */
  certificates: readonly CertificateFacts[]
  /** The registered CA that signed the first. */
  signedBy?: CaFacts
  /** A registered CA that is only called like its issuer. */
  namesake?: CaFacts
  /** When the first is registered as a device's. */
  registration?: RegistrationFacts
  /** When the first is registered as a CA. */
  registeredCa?: CaFacts
  /** Of a device; absent for a CA certificate. */
  verdict?: Verdict
}

const maxCertificates = 10

/** @throws {AwsError} `InvalidRequestException` when the PEM holds no certificate that can be read */
export async function inspect(deps: InspectionDeps, request: InspectionRequest): Promise<Inspection> {
  const { accountId, sourceIp, clientId } = request
  const { read } = deps.store
  const chain = readChain(request.pem)
  const [leaf] = chain
  const certificates = chain.map((certificate, at) => describeCertificate(certificate, chain[at + 1]))
  const known = await findCertificate(read, accountId, leaf.certificateId)
  const registeredCa = await findCaCertificate(read, accountId, leaf.certificateId)
  const isDevice = !leaf.isCa || known !== undefined
  const rehearsal = isDevice
    ? await deps.onboarding.rehearse({ accountId, leaf, sourceIp, clientId })
    : undefined
  const signer = rehearsal && (await signerOf(deps, accountId, { rehearsal, known }))
  return {
    certificates,
    ...(signer && { signedBy: describeCa(signer) }),
    ...(rehearsal?.namesake && { namesake: describeCa(rehearsal.namesake) }),
    ...(known && { registration: await describeRegistration(deps, known) }),
    ...(registeredCa && { registeredCa: describeCa(registeredCa) }),
    ...(rehearsal && { verdict: toVerdict(rehearsal) }),
  }
}

/** @throws {AwsError} `InvalidRequestException` that never quotes the text: it may be a private key */
function readChain(pem: string): [ParsedCertificate, ...ParsedCertificate[]] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (blocks.length > maxCertificates)
    throw invalid(`at most ${maxCertificates} certificates are read, got ${blocks.length}`)
  const [first = pem, ...rest] = blocks
  const read = (block: string) => readCertificate(block, 'pem')
  return [read(first), ...rest.map(read)]
}

function describeCertificate(
  certificate: ParsedCertificate,
  next: ParsedCertificate | undefined,
): CertificateFacts {
  const fault = faultOf(certificate)
  return {
    ...describeContents(certificate),
    isCa: certificate.isCa,
    key: describeKey(certificate),
    signatureAlgorithm: certificate.signatureAlgorithm,
    ...(fault !== undefined && { fault }),
    ...(next && { isSignedByNext: isSignedBy(certificate, next) }),
  }
}

function faultOf(certificate: ParsedCertificate): string | undefined {
  if (certificate.isCa) return undefined
  try {
    checkDeviceCertificate(certificate)
    return undefined
  } catch (error) {
    if (error instanceof CertificateError) return error.reason
    throw error
  }
}

function describeKey({ publicKey }: ParsedCertificate): string {
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails: details = {} } = publicKey
  return [asymmetricKeyType, details.modulusLength ?? details.namedCurve].filter(Boolean).join(' ')
}

function signerOf(
  { store }: InspectionDeps,
  accountId: string,
  { rehearsal, known }: { rehearsal: Rehearsal; known: DeviceCertificate | undefined },
) {
  if (rehearsal.issuer || known?.caCertificateId === undefined) return rehearsal.issuer
  return findCaCertificate(store.read, accountId, known.caCertificateId)
}

async function describeRegistration(
  { store }: InspectionDeps,
  known: DeviceCertificate,
): Promise<RegistrationFacts> {
  const { accountId, certificateArn, status, pendingReason, caCertificateId, creationDate } = known
  const things = await listPrincipalThings(store.read, accountId, certificateArn)
  return {
    status,
    ...(pendingReason !== undefined && { pendingReason }),
    ...(caCertificateId !== undefined && { caCertificateId }),
    registered: creationDate.toISOString(),
    things: things.map(({ thingName }) => thingName),
    policies: await attachedPolicyNames(store.read, accountId, certificateArn),
  }
}

const invalid = (reason: string) => iotError('InvalidRequestException', `pem: ${reason}`)
