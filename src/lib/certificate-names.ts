/** What a person finds a certificate by, beside its id: in one form, however it is written. */
import { CertificateError, type ParsedCertificate } from './x509.ts'

/** As much of a name as an index holds. */
const maxNameCharacters = 128

export interface CertificateNames {
  serialNumber: string | null
  commonName: string | null
}

/** Of the first CN of the subject. A part that cannot be read has no name. */
export function namesOf(certificate: ParsedCertificate): CertificateNames {
  const [commonName] = reading(() => certificate.subject.get('CommonName')) ?? []
  const serialNumber = reading(() => certificate.serialNumber)
  return {
    serialNumber: serialNumber === undefined ? null : (serialKey(serialNumber) ?? null),
    commonName: commonName === undefined ? null : commonNameKey(commonName),
  }
}

/** Lower-case hex without colons, spaces, `0x`, and leading zeros; nothing for what is no number in hex. */
export function serialKey(text: string): string | undefined {
  const digits = text.replace(/^0x/i, '').replaceAll(/[:\s]/g, '').toLowerCase()
  return /^-?[0-9a-f]{1,64}$/.test(digits) ? digits.replace(/^(-?)0+(?=.)/, '$1') : undefined
}

/** Lower case, without control characters, and not too long. */
export const commonNameKey = (text: string): string =>
  text
    .replaceAll(/\p{Cc}/gu, '')
    .toLowerCase()
    .slice(0, maxNameCharacters)

function reading<Part>(read: () => Part): Part | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof CertificateError) return undefined
    throw error
  }
}
