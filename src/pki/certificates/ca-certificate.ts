/**
 * CA certificates, and what one must prove to be registered.
 * Source: AWS IoT Developer Guide, "Manage your CA certificates", "Register your CA certificate".
 */
import type {
  AutoRegistrationStatus,
  CACertificateStatus,
  CertificateMode,
  RegistrationConfig,
} from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { NamedSource } from '../../lib/outbound/named-source.ts'
import type { DeviceIdentity, FirstConnection } from '../../registry/tags/index.ts'
import { checkAlgorithms, checkSignatureAlgorithm } from './algorithms.ts'
import { checkCriticalExtensions } from './purpose.ts'
import { checkValidity, describeName, isSignedBy } from './proof.ts'

export interface CaCertificate {
  accountId: string
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  certificateId: string
  certificateArn: string
  certificatePem: string
  status: CACertificateStatus
  autoRegistrationStatus: AutoRegistrationStatus
  certificateMode: CertificateMode
  /** The template (JITP); without it devices are only registered and announced (JITR). */
  registrationConfig?: RegistrationConfig
  notBefore: Date
  notAfter: Date
  creationDate: Date
  lastModifiedDate: Date
  /** Grows by one with each change, from 1. */
  customerVersion: number
  /** A UUID. */
  generationId: string
  /** What its `muster:` tags say. */
  options: CaOptions
}

interface CaOptions {
  firstConnection?: FirstConnection
  /** Of the devices that may come. */
  allowList?: NamedSource
  /** That may come. */
  maxDevices?: number
  /** What its devices are known again by. */
  identity?: DeviceIdentity
  /** The https URL that is asked before a device is provisioned. */
  hook?: string
  /** The CA whose devices may come with its certificates, by their names. */
  succeeds?: string
}

/**
 * Reads a certificate that is to be registered as CA.
 * @throws {AwsError} `CertificateValidationException` saying what a CA certificate needs and this one lacks
 */
export function parseCaCertificate(pem: string, now: Date): ParsedCertificate {
  return validating('the CA certificate', () => {
    const certificate = parseCertificate(pem)
    checkAlgorithms(certificate)
    checkCriticalExtensions(certificate)
    if (!certificate.isCa)
      throw new CertificateError('has no basicConstraints CA:TRUE, so it cannot sign device certificates')
    if (!certificate.x509.ca)
      throw new CertificateError('has a keyUsage without keyCertSign, so it cannot sign device certificates')
    checkValidity(certificate, now)
    return certificate
  })
}

/**
 * Proof of possession: a certificate made with the CA's private key over the account's registration code.
 * @throws {AwsError} `CertificateValidationException`, or `RegistrationCodeValidationException` when only its
 * common name is wrong
 */
export function checkProofOfPossession(
  ca: ParsedCertificate,
  verificationPem: string,
  registrationCode: string | undefined,
  now: Date,
): void {
  const subject = validating('the verification certificate', () => {
    const verification = parseCertificate(verificationPem)
    if (!isSignedBy(verification, ca)) throw new CertificateError(describeWrongSigner(verification, ca))
    checkSignatureAlgorithm(verification)
    checkCriticalExtensions(verification)
    checkValidity(verification, now)
    return verification.subject
  })
  const names = subject.get('CommonName')
  if (registrationCode === undefined)
    throw wrongCode('this account has no registration code yet; get one with GetRegistrationCode')
  if (names.includes(registrationCode)) return
  const [name] = names
  const got = name === undefined ? ' has no CN' : `'s CN is ${name.slice(0, 200)}`
  throw wrongCode(`the verification certificate${got}, the registration code is ${registrationCode}`)
}

/** Turns what is wrong with a certificate into an answer; `what` names the certificate in it. */
export function validating<Value>(what: string, check: () => Value): Value {
  try {
    return check()
  } catch (cause) {
    if (!(cause instanceof CertificateError)) throw cause
    throw iotError('CertificateValidationException', `${what} ${cause.reason}`)
  }
}

/**
 * A registrationConfig names a template or brings one along with the role to run it.
 * @throws {AwsError} `InvalidRequestException`
 */
export function checkRegistrationConfig({ templateBody, templateName, roleArn }: RegistrationConfig): void {
  // assumed: AWS documents either form and says nothing of both at once
  if ((templateBody === undefined) === (templateName === undefined))
    throw iotError(
      'InvalidRequestException',
      'registrationConfig must have either templateBody or templateName',
    )
  if (templateBody !== undefined && roleArn === undefined)
    throw iotError('InvalidRequestException', 'registrationConfig with a templateBody must have a roleArn')
}

function describeWrongSigner(verification: ParsedCertificate, ca: ParsedCertificate): string {
  const expected = describeName(ca.subject)
  if (isSignedBy(verification, verification)) return `is signed by itself (self-signed), not by ${expected}`
  if (verification.issuerKey === ca.subjectKey)
    return `names ${expected} as its issuer but was not signed with the key of that CA certificate`
  return `is signed by ${describeName(verification.issuer)}, not by ${expected}`
}

const wrongCode = (message: string) => iotError('RegistrationCodeValidationException', message)
