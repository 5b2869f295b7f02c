/** Subjects as people type them: `CN=lamp-1, O=Acme` (RFC 4514) and `/O=Acme/CN=lamp-1` (OpenSSL). */
import { iotError } from '../../api/aws/errors.ts'
import { attributeShortNames, attributeTypeOf } from '../../lib/distinguished-name.ts'
import type { SampleSubject } from '../../pki/certificates/index.ts'
import { certificateIdParameter, subjectAttributeOf } from '../templates/index.ts'

const maxCharacters = 4096

/** @throws {AwsError} `InvalidRequestException` saying what of it is no attribute with a value */
export function parseSubjectText(text: string): SampleSubject {
  if (text.length > maxCharacters)
    throw invalid(`is ${text.length} characters long; at most ${maxCharacters} are read`)
  const trimmed = text.trim()
  const parts = trimmed.startsWith('/') ? splitAt(trimmed.slice(1), '/') : splitAt(trimmed, ',')
  return parts.filter((part) => part.trim() !== '').map(parseAttribute)
}

function parseAttribute(part: string) {
  const at = part.indexOf('=')
  if (at < 0) throw invalid(`expected attributes like CN=lamp-1, separated by commas, got ${quoted(part)}`)
  const name = part.slice(0, at).trim()
  const type = attributeTypeOf(name)
  if (type === undefined)
    throw invalid(`there is no attribute ${quoted(name)}; there are ${attributeShortNames.join(', ')}`)
  const value = unescape(part.slice(at + 1).trim())
  if (value === '') throw invalid(`the attribute ${name} is empty`)
  return { type, value }
}

/** Where the separator is not escaped. */
function splitAt(text: string, separator: string): string[] {
  const parts = ['']
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === separator) parts.push('')
    else if (character === '\\') parts.push(`${parts.pop()}${text.slice(at, ++at + 1)}`)
    else parts.push(`${parts.pop()}${character}`)
  }
  return parts
}

/** RFC 4514 2.4: a character, or two hexadecimal digits of UTF-8. */
function unescape(text: string): string {
  return text.replaceAll(/(?:\\[0-9a-fA-F]{2})+|\\(.)/gs, (whole: string, character?: string) =>
    character === undefined ? Buffer.from(whole.replaceAll('\\', ''), 'hex').toString() : character,
  )
}

/** Attributes by the names that templates have for them. */
const shortNames: Record<string, string> = {
  CommonName: 'CN',
  Country: 'C',
  Organization: 'O',
  OrganizationalUnit: 'OU',
  State: 'ST',
  SerialNumber: 'serialNumber',
  DistinguishedNameQualifier: 'dnQualifier',
}

/**
 * The subject that would bring these values to a template, by parameter name.
 * @throws {AwsError} `InvalidRequestException` for a parameter that no subject brings
 */
export function subjectOfParameters(parameters: Readonly<Record<string, string>>): SampleSubject {
  return Object.entries(parameters).map(([name, value]) => {
    const attribute = subjectAttributeOf(name)
    const type = attribute === undefined ? undefined : attributeTypeOf(shortNames[attribute] ?? '')
    if (type === undefined)
      throw iotError(
        'InvalidRequestException',
        name === certificateIdParameter
          ? `parameters: ${name} is made of the certificate; it cannot be given`
          : `parameters: no subject brings ${quoted(name)}`,
      )
    if (value === '') throw iotError('InvalidRequestException', `parameters: ${name} is empty`)
    return { type, value }
  })
}

const invalid = (reason: string) => iotError('InvalidRequestException', `subject: ${reason}`)
const quoted = (text: string) => JSON.stringify(text.slice(0, 64))
