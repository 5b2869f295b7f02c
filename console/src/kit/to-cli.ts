/** The same call for the aws command line. */
import type { OperationCall } from '../api/operation-call.ts'

const kebab = (name: string) =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()

const quote = (text: string) => (/^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** Shown as variables of the shell, never as they are. */
const secrets = new Set(['Password', 'OldPassword', 'NewPassword'])

/** What the command line wants beside the members of the input. */
const additions: Record<string, readonly string[]> = {
  'iam CreateVirtualMFADevice': ['--outfile qr-code.png', '--bootstrap-method QRCodePNG'],
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

/** e.g. `aws iot update-certificate --certificate-id 0a… --new-status ACTIVE`. */
export function toCli({ service, operation, input = {} }: OperationCall): string {
  const own = service === 'muster' ? ownToCli[operation] : undefined
  if (own) return ['npx', 'muster', ...own(input as Record<string, string | undefined>)].join(' ')
  const words = ['aws', service, kebab(operation)]
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue
    const flag = kebab(name)
    if (secrets.has(name))
      words.push(`--${flag}`, `"$${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()}"`)
    else if (typeof value === 'boolean') words.push(value ? `--${flag}` : `--no-${flag}`)
    else words.push(`--${flag}`, quote(typeof value === 'object' ? JSON.stringify(value) : String(value)))
  }
  return [...words, ...(additions[`${service} ${operation}`] ?? [])].join(' ')
}

/** A route of Muster's own, with what `muster env` puts into the environment. */
export const routeToCli = (route: string): string =>
  `curl --aws-sigv4 "aws:amz:$AWS_REGION:muster" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$AWS_ENDPOINT_URL"/muster/v1/${quote(route)}`
