/** The JSON body of a route of Muster's own, member by member. */
import { iotError } from './errors.ts'
import { parseJson } from './protocols/json-values.ts'
import { decodeText } from './wire.ts'

/** @throws {AwsError} when it is no JSON object, is too large, or has a member that is not among `members` */
export function readJsonBody(
  body: Uint8Array,
  { members, maxBytes }: { members: readonly string[]; maxBytes: number },
): Record<string, unknown> {
  if (body.length > maxBytes)
    throw iotError(
      'InvalidRequestException',
      `the body must have at most ${maxBytes} bytes, it has ${body.length}`,
    )
  const document = parseJson(decodeText(body))
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw iotError('InvalidRequestException', 'the body must be a JSON object')
  const unknown = Object.keys(document).find((name) => !members.includes(name))
  if (unknown !== undefined)
    throw iotError(
      'InvalidRequestException',
      `the body may have the members ${members.join(', ')}; it has "${unknown.slice(0, 100)}"`,
    )
  return document as Record<string, unknown>
}

/** @throws {AwsError} `InvalidRequestException` when the member is there and is not text */
export function findText(body: Record<string, unknown>, member: string): string | undefined {
  const value = body[member]
  if (value === undefined || typeof value === 'string') return value
  throw iotError(
    'InvalidRequestException',
    `${member} must be a string, it is ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`}`,
  )
}

/** @throws {AwsError} `InvalidRequestException` when the member is absent or not text */
export function getText(body: Record<string, unknown>, member: string): string {
  const text = findText(body, member)
  if (text !== undefined) return text
  throw iotError('InvalidRequestException', `the member "${member}" is missing from the body`)
}
