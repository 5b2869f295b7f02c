/** What mends a refusal so that the device gets in: for each reason the calls, from what the entry says. */
import type { JournalEntry } from '../../api/events.ts'
import type { Action } from '../../kit/action.ts'
import { iot } from '../resources/list.tsx'

export interface Place {
  region: string
  accountId: string
}

type Remedy = (entry: JournalEntry, place: Place) => readonly (Action | undefined)[]

const detail = ({ details }: JournalEntry, name: string): string | undefined => {
  const value = details?.[name]
  return typeof value === 'string' ? value : undefined
}

const caOf = (entry: JournalEntry) => entry.caCertificateId ?? detail(entry, 'ca')

const activate: Remedy = ({ certificateId }) => [
  certificateId === undefined
    ? undefined
    : {
        label: 'Activate the certificate',
        question: 'The device may then do whatever its policies allow.',
        operation: iot('UpdateCertificate', { certificateId, newStatus: 'ACTIVE' }),
      },
]

const changeCa =
  (label: string, question: string, change: object): Remedy =>
  (entry) => {
    const certificateId = caOf(entry)
    return [
      certificateId === undefined
        ? undefined
        : { label, question, operation: iot('UpdateCACertificate', { certificateId, ...change }) },
    ]
  }

/** Eight hexadecimal digits that tell texts apart (FNV-1a); a name, no secret. */
function digest(text: string): string {
  let hash = 0x81_1c_9d_c5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/** A policy of its own with the statement that would have allowed it, for this certificate alone. */
const grant: Remedy = (entry, { region, accountId }) => {
  const { certificateId } = entry
  const suggestion = detail(entry, 'suggestion')
  const isByAuthorizer = detail(entry, 'authorizer') !== undefined // then policies of the certificate do not count
  if (certificateId === undefined || suggestion === undefined || isByAuthorizer) return []
  const policyName = `suggested-${certificateId.slice(0, 8)}-${digest(suggestion)}`
  const policyDocument = `{"Version":"2012-10-17","Statement":[${suggestion}]}`
  const target = `arn:aws:iot:${region}:${accountId}:cert/${certificateId}`
  return [
    {
      label: 'Attach the suggested statement',
      question: `A policy with this statement is made and attached to the certificate: ${suggestion}`,
      operation: [
        iot('CreatePolicy', { policyName, policyDocument }),
        iot('AttachPolicy', { policyName, target }),
      ],
    },
  ]
}

const enableDomain: Remedy = (entry) => {
  const name = detail(entry, 'error')?.replace(/^domain configuration /, '')
  return [
    name === undefined
      ? undefined
      : {
          label: 'Enable the domain configuration',
          question: 'Clients that ask for its name by SNI get in again.',
          operation: iot('UpdateDomainConfiguration', {
            domainConfigurationName: name,
            domainConfigurationStatus: 'ENABLED',
          }),
        },
  ]
}

const soften: Remedy = (entry, { region, accountId }) => {
  const ca = caOf(entry)
  return [
    ca === undefined
      ? undefined
      : {
          label: 'Let devices in without a list',
          question:
            'The policy becomes soft: while there is no list that holds, nobody is kept out by it. The journal says so.',
          operation: iot('TagResource', {
            resourceArn: `arn:aws:iot:${region}:${accountId}:cacert/${ca}`,
            tags: [{ Key: 'muster:crl-policy', Value: 'soft' }],
          }),
        },
  ]
}

const registrationPolicy = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'

/** A step that the role may not take; what else is wrong with a template is mended in the template. */
const mendProvisioning: Remedy = (entry) => {
  const template = detail(entry, 'template')
  const roleArn = detail(entry, 'role')
  const isDenied = detail(entry, 'error') === 'AccessDeniedException' && roleArn !== undefined
  return [
    isDenied
      ? {
          label: 'Give the role what registration needs',
          question: `AWS's policy AWSIoTThingsRegistration is attached to ${roleArn}. The next connection tries again.`,
          operation: {
            service: 'iam',
            operation: 'AttachRolePolicy',
            input: { RoleName: roleArn.split('/').at(-1), PolicyArn: registrationPolicy },
          },
        }
      : undefined,
    template === undefined ? undefined : { label: 'See the templates', href: '/templates' },
  ]
}

const link =
  (label: string, href: string): Remedy =>
  () => [{ label, href }]

/** By reason code; a reason that is not here is mended at the device, or in the server's options. */
export const remedies: Readonly<Record<string, Remedy>> = {
  'certificate-registered': activate,
  'registration-announced': activate,
  'certificate-inactive': activate,
  'certificate-revoked': activate,
  'ca-inactive': changeCa('Activate the CA', 'Its devices may register again.', { newStatus: 'ACTIVE' }),
  'auto-registration-off': changeCa(
    'Enable auto-registration',
    'Devices of this CA that nobody has seen are registered when they first connect.',
    { newAutoRegistrationStatus: 'ENABLE' },
  ),
  'ca-unknown': link('Register the CA', '/cas/register'),
  'ca-expired': link('Register a renewed CA', '/cas/register'),
  'connect-denied': grant,
  'publish-denied': grant,
  'subscribe-denied': grant,
  'receive-denied': grant,
  'will-denied': grant,
  'connect-no-longer-allowed': grant,
  'subscription-no-longer-allowed': grant,
  'credentials-denied': grant,
  'domain-disabled': enableDomain,
  'domain-refused': link('See the domain configurations', '/domain-configurations'),
  'revocation-unknown': soften,
  'crl-unavailable': link('See the revocation lists', '/revocation-lists'),
  'provisioning-failed': mendProvisioning,
  'template-remarks': link('See the templates', '/templates'),
  'rule-failed': link('See the rules', '/rules'),
  'function-failed': link('See the logs', '/log-groups'),
  'certificate-expired': link('Connect one device', '/connect'),
  'certificate-deleted': link('Connect one device', '/connect'),
}

export const remediesFor = (entry: JournalEntry, place: Place): Action[] =>
  (remedies[entry.code]?.(entry, place) ?? []).filter((action) => action !== undefined)
