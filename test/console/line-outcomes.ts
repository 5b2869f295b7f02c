/** What a button and a line come to, without what differs from call to call. */
import type { Answer } from './visitor.ts'
import type { LineOutcome } from './cli-lines.ts'

/** A refusal by its name and text, or what was answered. */
export type Told = { refusal: string; message: string } | { output: unknown }

/** What is long first: a shorter pattern may stand in it by chance, as twelve digits at the end of a UUID. */
const masks: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----\s*/g, '(PEM)'],
  [/\bv1\.[\w+/=]{20,}/g, '(sealed)'],
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, '(uuid)'],
  [/\b[\da-f]{16,64}\b/g, '(hex)'],
  [/\b[1-9]\d{11}\b/g, '(account)'],
  [/\b[\da-f]{8}-[\da-f]{4}@/g, '(somebody)@'],
  [/\ba[a-z\d]{13}-ats\b/g, '(prefix)'],
  [/\bWalk\d+x/gi, '(name)'],
  [/(domainconfiguration\/\(name\)\/)[a-z]{5}\b/g, '$1(random)'],
  [/\bA[A-Z]{3}[A-Z\d]{16,17}\b/g, '(id)'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.]*(?:Z|[+-]\d\d:?\d\d)?/g, '(time)'],
  [/\b1[4-9]\d{8}(?:\d{3}){0,2}(?:\.\d+)?\b/g, '(time)'],
  [/Awaiting confirmation\.(?: Confirmation message sent [^"]*)?/g, '(waiting)'],
  [/(\/function-code\/|https?:\/\/127\.0\.0\.1:\d+\/)\S+/g, '$1(path)'],
]

export const mask = (text: string): string =>
  masks.reduce((masked, [pattern, word]) => masked.replaceAll(pattern, word), text)

/** Random, however it is spelt; the command line writes the seed of an MFA device into a file, and does not print it. */
const secretMembers = new Set(['SecretAccessKey', 'SessionToken'])
const writtenMembers = ['Base32StringSeed', 'QRCodePNG']
/** The command line reads on until there is no further page. */
const pageMembers = ['nextToken', 'nextMarker', 'NextMarker', 'Marker', 'IsTruncated']

/**
 * Without what is empty, which one leaves out and the other does not; lists as what stands in them, in no order: another
 * resource more is no other answer.
 */
function normalize(value: unknown, member = ''): unknown {
  if (secretMembers.has(member)) return '(secret)'
  if (member === 'payload') return mask(Buffer.from(String(value), 'base64').toString())
  if (typeof value === 'number') return mask(String(value))
  if (typeof value === 'string') return normalizeText(value)
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(normalize(item) ?? null))
    return items.length === 0 ? undefined : [...new Set(items)].toSorted()
  }
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const members = Object.entries(value)
    .filter(([name]) => ![...pageMembers, ...writtenMembers].includes(name))
    .map(([name, inside]): [string, unknown] => [mask(name), normalize(inside, name)])
    .filter(([, inside]) => inside !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

/** The command line reads policies of IAM, which come encoded. */
function normalizeText(text: string): unknown {
  if (text.startsWith('%7B')) return normalize(JSON.parse(decodeURIComponent(text)))
  return text === '' ? undefined : mask(text)
}

export function ofButton({ status, headers, body }: Answer): Told {
  if (status >= 400) {
    const type = headers.get('x-amzn-errortype') ?? String(body['__type'])
    return { refusal: shortName(type), message: mask(String(body['message'] ?? body['Message'])) }
  }
  const { Payload: payload, ...others } = body
  return { output: normalize(payload === undefined ? body : { ...others, payload }) }
}

const shortName = (code: string) => code.replace(/(?:Exception|Error)$/, '')

/** What a shadow or a function answers with is in a file that the line names. */
export function ofLine({ error, output = '', written = '' }: LineOutcome): Told {
  if (error !== undefined) {
    const told = /An error occurred \((\w+)\) when calling the \w+ operation[^:]*: ([\s\S]*)$/.exec(error)
    if (!told) throw new Error(error)
    return { refusal: shortName(told[1]!), message: mask(told[2]!) }
  }
  const body = output.trim() === '' ? {} : (JSON.parse(output) as Record<string, unknown>)
  const payload = Buffer.from(written).toString('base64')
  return { output: normalize({ ...body, ...(payload !== '' && { payload }) }) }
}
