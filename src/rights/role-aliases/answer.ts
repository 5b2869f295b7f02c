/** What the credential provider answers: the one place that knows the texts and statuses. */
import type { ServiceSession } from '../../access/identities/index.ts'

export interface ProviderAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** assumed: the texts and statuses that awslabs' session helper for the credential provider found. */
const refusals = {
  'thing-not-attached': { status: 403, type: 'AccessDeniedException', message: 'Invalid thing name passed' },
  'not-allowed': { status: 403, type: 'AccessDeniedException', message: 'Access Denied' },
  'no-role-alias': { status: 404, type: 'ResourceNotFoundException', message: 'Role alias does not exist' },
  'role-not-assumable': {
    status: 400,
    type: 'InvalidRequestException',
    message: 'Unable to assume the role, or the role to assume does not exist',
  },
  'duration-too-long': {
    status: 400,
    type: 'InvalidRequestException',
    message: 'The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role',
  },
  // assumed: AWS counts by account
  'too-many': { status: 429, type: 'ThrottlingException', message: 'Rate exceeded' },
  // assumed
  'method-not-allowed': {
    status: 405,
    type: 'MethodNotAllowedException',
    message: 'Credentials are asked for with GET',
  },
} as const

export type RefusalReason = keyof typeof refusals

/** Thrown inside the provider; `details` are for the journal alone. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly reason: RefusalReason
  readonly details: Readonly<Record<string, string>>

  constructor(reason: RefusalReason, details: Readonly<Record<string, string>> = {}) {
    super(refusals[reason].message)
    this.reason = reason
    this.details = details
  }
}

export function renderRefusal(reason: RefusalReason): ProviderAnswer {
  const { status, type, message } = refusals[reason]
  return { status, headers: { ...json, 'x-amzn-ErrorType': type }, body: JSON.stringify({ message }) }
}

export function renderCredentials({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration: end,
}: ServiceSession): ProviderAnswer {
  const expiration = end.toISOString().replace(/\.\d+Z$/, 'Z')
  const credentials = { accessKeyId, secretAccessKey, sessionToken, expiration }
  return { status: 200, headers: json, body: JSON.stringify({ credentials }) }
}

const json = { 'content-type': 'application/json', 'cache-control': 'no-store' }
