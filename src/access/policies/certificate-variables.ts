/**
 * What policies can ask of a certificate.
 * Source: AWS IoT Developer Guide, "X.509 certificate policy variables".
 */
import { CertificateError, type ParsedCertificate } from '../../lib/x509.ts'

const nameAttributes = [
  'DistinguishedNameQualifier',
  'Country',
  'Organization',
  'OrganizationalUnit',
  'State',
  'CommonName',
  'SerialNumber',
  'Title',
  'Surname',
  'GivenName',
  'Initials',
  'Pseudonym',
  'GenerationQualifier',
] as const

const alternativeNameKinds = [
  'RFC822Name',
  'DNSName',
  'DirectoryName',
  'UniformResourceIdentifier',
  'IPAddress',
] as const

type Read = (certificate: ParsedCertificate) => readonly string[]

/** Further values of an attribute are as if they were not there. */
const maxValues = 5

/** By the variable's name in lower case without `iot:Certificate.`. */
const readers = new Map<string, { name: string; read: Read }>(
  (['Subject', 'Issuer'] as const).flatMap((party) => [
    ...nameAttributes.map((attribute) => {
      const read: Read = ({ subject, issuer }) =>
        (party === 'Subject' ? subject : issuer).get(attribute).map(escapeSpecials)
      return entry(`${party}.${attribute}`, read)
    }),
    ...alternativeNameKinds.map((kind) => {
      const read: Read = ({ alternativeNames, issuerAlternativeNames }) =>
        (party === 'Subject' ? alternativeNames : issuerAlternativeNames).get(kind)
      return entry(`${party}.AlternativeName.${kind}`, read)
    }),
  ]),
)

/** Policies have to write these with a backslash: X.509 certificate policy variable limitations. */
function escapeSpecials(value: string): string {
  return value.replaceAll(/[,"\\+=<>;]/g, (special) => `\\${special}`)
}

function entry(name: string, read: Read): [string, { name: string; read: Read }] {
  return [name.toLowerCase(), { name, read }]
}

/**
 * `name` in lower case without `iot:Certificate.`, e.g. `subject.country` (its first value),
 * `subject.country.1` (its second), or `subject.country.list` (all, up to five).
 */
export function certificateValue(
  certificate: ParsedCertificate,
  name: string,
): string | readonly string[] | undefined {
  if (name === 'serialnumber') return readable(() => certificate.serialNumber)
  const [, base = name, suffix] = /^(.+)\.(\d{1,3}|list)$/.exec(name) ?? []
  const reader = readers.get(base)
  if (!reader) return undefined
  const values = readable(() => reader.read(certificate))?.slice(0, maxValues) ?? []
  if (suffix === 'list') return values.length > 0 ? values : undefined
  return values[Number(suffix ?? 0)]
}

/** Names of all certificate variables that have a value. */
export function certificateKeys(certificate: ParsedCertificate): readonly string[] {
  const known = [...readers.values()].filter(({ name }) => certificateValue(certificate, name.toLowerCase()))
  return ['iot:Certificate.SerialNumber', ...known.map(({ name }) => `iot:Certificate.${name}`)]
}

/** A part of the certificate that is malformed has no value: nothing is granted by it. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CertificateError) return undefined
    throw cause
  }
}
