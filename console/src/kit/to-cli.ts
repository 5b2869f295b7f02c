/** The same call for the aws command line. */
import type { OperationCall } from '../api/operation-call.ts'
import { shown } from './shown.ts'

const kebab = (name: string) =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()

const plain = /^[\w./:@=,+-]+$/
/** What nobody would see in a line that they copy; lines may stay lines. */
const isVisible = (text: string) => shown(text.replaceAll('\n', '')) === text.replaceAll('\n', '')

const escapeBytes = (character: string) =>
  Array.from(new TextEncoder().encode(character), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(
    '',
  )

/** A word for the shell; what is invisible is written as bytes, for bash and zsh. */
function quote(text: string): string {
  if (plain.test(text)) return text
  if (isVisible(text)) return `'${text.replaceAll("'", `'\\''`)}'`
  const escaped = Array.from(text, (one) =>
    one === '\\' || one === "'" ? `\\${one}` : isVisible(one) ? one : escapeBytes(one),
  )
  return `$'${escaped.join('')}'`
}

/** Shown as variables of the shell, never as they are. */
const secrets = new Set(['Password', 'OldPassword', 'NewPassword'])

/** What the command line wants beside the members of the input. */
const additions: Record<string, readonly string[]> = {
  'iam CreateVirtualMFADevice': ['--outfile qr-code.png', '--bootstrap-method QRCodePNG'],
  'iot-data GetThingShadow': ['/dev/stdout'],
  'iot-data UpdateThingShadow': ['/dev/stdout'],
  'iot-data DeleteThingShadow': ['/dev/stdout'],
  'lambda Invoke': ['/dev/stdout'],
}

/** Members that are bytes: versions 1 and 2 of the command line take these alike from standard input alone. */
const byteMembers = new Set([
  'iot-data Publish payload',
  'iot-data UpdateThingShadow payload',
  'lambda Invoke Payload',
])

/** e.g. `printf %s '{"t":1}' | `, of bytes in base64. */
function standardInput(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (one) => one.codePointAt(0) ?? 0)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.includes('\u0000')) return `printf %s ${quote(text)} | `
  } catch {
    // no text
  }
  return `echo ${base64} | base64 -d | `
}

/** A word of the command line's shorthand for structures. */
const shorthand = (text: string) => (/^[\w./:@-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`)

/** Bytes within a structure go through standard input too; these are a password, so a variable of the shell holds them. */
function toMqttContext(context: Record<string, string>): string {
  const words = Object.entries(context).map(([name, value]) =>
    name === 'password' ? 'password@=fileb:///dev/stdin' : `${name}=${shorthand(value)}`,
  )
  return `--mqtt-context ${quote(words.join(','))}`
}

/** A deployment package is a file there, and an option of its own. */
function withoutPackage(input: object): { input: object; words: readonly string[] } {
  const { ZipFile: own, Code: code, ...others } = input as { ZipFile?: string; Code?: { ZipFile?: string } }
  const { ZipFile: inCode, ...location } = code ?? {}
  const rest = code !== undefined && Object.keys(location).length > 0 ? { ...others, Code: location } : others
  return own === undefined && inCode === undefined
    ? { input, words: [] }
    : { input: rest, words: ['--zip-file fileb://function.zip'] }
}

/** What a person would type for a call of Muster's own; long texts are files there. */
const ownToCli: Record<string, (input: Record<string, string | undefined>) => string[]> = {
  ApproveDevice: ({ certificateId }) => ['approve', ...(certificateId === undefined ? [] : [certificateId])],
  DryRun: ({ caCertificateId, templateName, templateBody, provisioningRoleArn, subject, clientId }) => [
    'dry-run',
    ...option('ca', caCertificateId),
    ...option('template', templateBody === undefined ? templateName : 'template.json'),
    ...option('role', provisioningRoleArn),
    ...(subject === undefined ? option('certificate', 'certificate.pem') : option('subject', subject)),
    ...option('client-id', clientId),
  ],
  InspectCertificate: () => ['inspect', 'certificate.pem'],
  RetryRegistration: ({ certificateId, caCertificateId, from, to }) => [
    'retry',
    ...(certificateId === undefined ? option('ca', caCertificateId) : [certificateId]),
    ...option('from', from),
    ...option('to', to),
  ],
}

const option = (name: string, value: string | undefined) =>
  value === undefined ? [] : [`--${name}`, quote(value)]

function toOption(name: string, value: unknown): string {
  const flag = kebab(name)
  if (secrets.has(name)) return `--${flag}="$${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}"`
  if (typeof value === 'boolean') return value ? `--${flag}` : `--no-${flag}`
  // within JSON what is invisible is escaped as JSON does
  const word = quote(
    typeof value === 'object' ? shown(JSON.stringify(value)) : String(value as string | number),
  )
  return /^[$']*-/.test(word) ? `--${flag}=${word}` : `--${flag} ${word}`
}

/** e.g. `aws iot update-certificate --certificate-id 0a… --new-status ACTIVE`. */
export function toCli({ service, operation, input: given = {} }: OperationCall): string {
  const own = service === 'muster' ? ownToCli[operation] : undefined
  if (own) return ['npx', 'muster', ...own(given as Record<string, string | undefined>)].join(' ')
  const { input, words: packageWords } = withoutPackage(given)
  const words = ['aws', service, kebab(operation)]
  let before = ''
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    if (byteMembers.has(`${service} ${operation} ${name}`)) {
      before = standardInput(value as string)
      words.push(`--${kebab(name)} fileb:///dev/stdin`)
    } else if (name === 'mqttContext' && 'password' in (value as object)) {
      before = 'printf %s "$MQTT_PASSWORD" | '
      words.push(toMqttContext(value as Record<string, string>))
    } else words.push(toOption(name, value))
  }
  return before + [...words, ...packageWords, ...(additions[`${service} ${operation}`] ?? [])].join(' ')
}

/** A route of Muster's own, with what `muster env` puts into the environment. */
export const routeToCli = (route: string): string =>
  `curl --aws-sigv4 "aws:amz:$AWS_REGION:muster" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL"/muster/v1/${quote(route)}`
