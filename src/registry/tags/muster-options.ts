/** Options of Muster's own that ride on AWS tags, so that any AWS tool can set them. */
import { iotError } from '../../api/aws/errors.ts'
import { parseArn } from '../../lib/arn.ts'
import { isCertificateId } from '../../lib/x509.ts'
import { toNamedSource, type NamedSource } from '../../lib/outbound/named-source.ts'
import { revocationPolicies, revocationPolicyOption, revocationSourceOption } from './revocation-options.ts'

interface MusterOption {
  /** What comes before the slash in the ARNs of the resources that may carry it. */
  kinds: readonly ('cacert' | 'cert' | 'provisioningtemplate')[]
  /** What a value must be, for the refusal. */
  expected: string
  isValid: (value: string) => boolean
}

const prefix = 'muster:'

const firstConnections = ['close', 'accept', 'hold', 'approve'] as const

/** What happens to the first connection of a device that is being registered or provisioned. */
export type FirstConnection = (typeof firstConnections)[number]

export const firstConnectionOption = 'muster:first-connection'

/** Of a CA: which of its devices may come, and how many. */
export const allowListOption = 'muster:allow-list'
export const maxDevicesOption = 'muster:max-devices'

const identities = ['certificate', 'key', 'common-name'] as const

/** What a device of a CA is known again by when it comes with another certificate. */
export type DeviceIdentity = (typeof identities)[number]

/** Of a CA: what its devices are known again by, and whose devices they may be. */
export const identityOption = 'muster:identity'
export const succeedsOption = 'muster:succeeds'

/** Of a claim, i.e. of a certificate that many devices have: how many may be provisioned with it, and until when. */
export const claimUsesOption = 'muster:claim-uses'
export const claimUntilOption = 'muster:claim-until'

/** Of a CA, or of a template: an URL that is asked before each device is provisioned. */
export const hookOption = 'muster:hook'

/** ISO 8601, in UTC; a day means its beginning. */
const isMoment = (value: string) =>
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(value) && !Number.isNaN(Date.parse(value))

const oneOf = (values: readonly string[]) => ({
  expected: `one of ${values.join(', ')}`,
  isValid: (value: string) => values.includes(value),
})

const wholeNumber = {
  expected: 'a whole number from 0 to 999999999',
  isValid: (value: string) => /^(0|[1-9]\d{0,8})$/.test(value),
}

const musterOptions = new Map<string, MusterOption>([
  [firstConnectionOption, { kinds: ['cacert'], ...oneOf(firstConnections) }],
  [
    revocationSourceOption,
    {
      kinds: ['cacert'],
      expected:
        "an http or https URL without user and password, or the name of a file in the server's directory for revocation lists",
      isValid: (value) => toNamedSource(value) !== undefined,
    },
  ],
  [
    allowListOption,
    {
      kinds: ['cacert'],
      expected:
        "an https URL without user and password, or the name of a file in the server's directory for allow-lists",
      isValid: (value) => toAllowList(value) !== undefined,
    },
  ],
  [identityOption, { kinds: ['cacert'], ...oneOf(identities) }],
  [
    succeedsOption,
    {
      kinds: ['cacert'],
      expected: 'the id of the CA certificate that this one succeeds: 64 lower-case hexadecimal digits',
      isValid: isCertificateId,
    },
  ],
  [maxDevicesOption, { kinds: ['cacert'], ...wholeNumber }],
  [claimUsesOption, { kinds: ['cert'], ...wholeNumber }],
  [
    claimUntilOption,
    { kinds: ['cert'], expected: 'a moment such as 2030-01-31 or 2030-01-31T12:00:00Z', isValid: isMoment },
  ],
  [revocationPolicyOption, { kinds: ['cacert'], ...oneOf(revocationPolicies) }],
  [
    hookOption,
    {
      kinds: ['cacert', 'provisioningtemplate'],
      expected: 'an https URL without user and password',
      isValid: (value) => toHookUrl(value) !== undefined,
    },
  ],
])

/** Tag values are checked when they are set; anything else counts as not set. */
export function toFirstConnection(value: string | null | undefined): FirstConnection | undefined {
  return firstConnections.find((known) => known === value)
}

/** Anything else counts as not set. */
export function toDeviceIdentity(value: string | null): DeviceIdentity | undefined {
  return identities.find((known) => known === value)
}

/** Anything else counts as not set. */
export function toAllowList(value: string): NamedSource | undefined {
  return toNamedSource(value, ['https:'])
}

/** Anything else counts as not set. */
export function toHookUrl(value: string | null | undefined): string | undefined {
  const source = value ? toNamedSource(value, ['https:']) : undefined
  return source?.kind === 'url' ? source.url.href : undefined
}

/**
 * Refuses a `muster:` tag that would have no effect: an unknown name or value, or the wrong kind of resource.
 * @throws {AwsError} `InvalidRequestException` saying what is allowed
 */
export function checkMusterOption(resourceArn: string, { Key, Value }: { Key: string; Value: string }): void {
  if (!Key.startsWith(prefix)) return
  const option = musterOptions.get(Key)
  if (!option) throw invalid(`there is no option ${Key}; there are: ${[...musterOptions.keys()].join(', ')}`)
  const kind = parseArn(resourceArn)?.resource.split('/')[0]
  if (!option.kinds.some((known) => known === kind))
    throw invalid(`${Key} is an option of ${option.kinds.join('/... or ')}/..., not of ${kind}/...`)
  if (!option.isValid(Value)) throw invalid(`${Key} must be ${option.expected}; it is "${Value}"`)
}

const invalid = (message: string) => iotError('InvalidRequestException', message)
