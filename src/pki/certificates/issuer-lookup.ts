/** Which registered CA signed a certificate: asked for every device that is not known yet. */
import { iotError } from '../../api/aws/errors.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Db } from '../../store/index.ts'
import { validating, type CaCertificate } from './ca-certificate.ts'
import { findCasBySubject } from './ca-store.ts'
import type { FindCasBySubject } from './known-cas.ts'
import { describeName, isSignedBy } from './proof.ts'

interface IssuerLookup {
  /** The CA whose key made the signature. */
  issuer?: CaCertificate
  /** A CA that is called like the issuer, when none of that name made the signature. */
  namesake?: CaCertificate
}

/**
 * Found by name and, where both carry one, key identifier; proven by the signature.
 * Of several CAs with one subject and key the one that lets devices in comes first, then the longest valid.
 */
export async function findIssuerByName(
  findCas: FindCasBySubject,
  accountId: string,
  leaf: ParsedCertificate,
): Promise<IssuerLookup> {
  const candidates = await findCas(accountId, leaf.issuerKey)
  const [issuer] = candidates.filter((ca) => isSignedBy(leaf, parseCached(ca))).toSorted(byReadiness)
  if (issuer) return { issuer }
  const [namesake] = candidates
  return namesake ? { namesake } : {}
}

/**
 * The CA for a certificate that a caller registers; `caPem` names it where several could be meant.
 * @throws {AwsError} `CertificateValidationException` when no registered CA signed it,
 * `CertificateConflictException` when several with one subject and key did and `caPem` is missing
 */
export async function getIssuer(
  db: Db,
  accountId: string,
  leaf: ParsedCertificate,
  caPem?: string,
): Promise<CaCertificate> {
  const candidates = await findCasBySubject(db, accountId, leaf.issuerKey)
  const signers = candidates.filter((ca) => isSignedBy(leaf, parseCached(ca)))
  if (caPem !== undefined) {
    const named = validating('the given CA certificate', () => parseCertificate(caPem))
    const signer = signers.find(({ certificateId }) => certificateId === named.certificateId)
    if (signer) return signer
    throw unproven(
      validating('the given CA certificate', () => isSignedBy(leaf, named))
        ? `the CA certificate ${describeName(named.subject)} is not registered`
        : `the certificate is signed by ${describeName(leaf.issuer)}, not by ${describeName(named.subject)}`,
    )
  }
  const [signer, other] = signers
  if (!signer) throw unproven(describeUnproven(leaf, candidates.length > 0))
  if (other)
    throw iotError(
      'CertificateConflictException',
      `several registered CA certificates have the subject ${describeName(leaf.issuer)} and the key that signed the certificate; name one with caCertificatePem`,
    )
  return signer
}

function describeUnproven(leaf: ParsedCertificate, hasNamesake: boolean): string {
  const issuer = describeName(leaf.issuer)
  return hasNamesake
    ? `the certificate names ${issuer} as its issuer, but the registered CA certificate of that name did not sign it`
    : `the certificate is signed by ${issuer}; no CA certificate of that name is registered`
}

const unproven = (message: string) => iotError('CertificateValidationException', message)

function byReadiness(left: CaCertificate, right: CaCertificate): number {
  const readiness = ({ status, autoRegistrationStatus }: CaCertificate) =>
    Number(status === 'ACTIVE') * 2 + Number(autoRegistrationStatus === 'ENABLE')
  return readiness(right) - readiness(left) || right.notAfter.getTime() - left.notAfter.getTime()
}

const maxParsedCas = 1000

/** Parsed CA certificates by id. An id is the hash of the content, so an entry can never be out of date. */
const parsedCas = new Map<string, ParsedCertificate>()

function parseCached({ certificateId, certificatePem }: CaCertificate): ParsedCertificate {
  const known = parsedCas.get(certificateId)
  if (known) return known
  const parsed = parseCertificate(certificatePem)
  if (parsedCas.size >= maxParsedCas) parsedCas.clear()
  parsedCas.set(certificateId, parsed)
  return parsed
}
