/** What a device is told that asks for too much, and what the journal is. */
import type { JournalCode, JournalEntry } from '../../observability/journal/index.ts'

type Details = NonNullable<JournalEntry['details']>

interface Refused {
  /** HTTP status and error code, as devices get them. */
  statusCode: number
  errorCode: string
  /** For the device. */
  message: string
  /** For the operator. */
  journalCode: JournalCode
  details?: Details
  /** The device's own, once it is known to be so. */
  certificateId?: string
}

export class ClaimRefusal extends Error {
  override readonly name = 'ClaimRefusal'
  readonly statusCode: number
  readonly errorCode: string
  readonly journalCode: JournalCode
  readonly details: Details
  readonly certificateId: string | undefined

  constructor({ statusCode, errorCode, message, journalCode, details = {}, certificateId }: Refused) {
    super(message)
    this.certificateId = certificateId
    this.statusCode = statusCode
    this.errorCode = errorCode
    this.journalCode = journalCode
    this.details = details
  }
}

const refuse = (
  answer: readonly [statusCode: number, errorCode: string, message: string],
  journalCode: JournalCode,
  details?: Details,
) => {
  const [statusCode, errorCode, message] = answer
  return new ClaimRefusal({ statusCode, errorCode, message, journalCode, ...(details && { details }) })
}

/** A claim is in many hands: whoever holds it learns that access is denied, and not why. */
const denied = [403, 'AccessDenied', 'Access denied'] as const

const badToken = (message: string) => [400, 'InvalidCertificateOwnershipToken', message] as const

/** assumed: AWS documents the members of its answers, not their values. The empty token's is reported. */
export const refusals = {
  malformed: (error: string) => refuse([400, 'InvalidParameters', error], 'claim-request-refused', { error }),
  badCsr: (error: string) =>
    refuse([400, 'InvalidCertificateSigningRequest', error], 'claim-request-refused', { error }),
  unheard: (topic: string) =>
    refuse([400, 'InvalidRequest', 'Subscribe before asking'], 'claim-unheard', { topic }),
  tokenMissing: () =>
    refuse(badToken('Certificate ownership token cannot be empty.'), 'claim-token-refused', {
      error: 'it is missing',
    }),
  badToken: (error: string) =>
    refuse(badToken('Certificate ownership token is not valid.'), 'claim-token-refused', { error }),
  noTemplate: (template: string) => {
    const error = 'there is no provisioning template of that name'
    return refuse([404, 'ResourceNotFound', error], 'claim-template-refused', { template, error })
  },
  unfitTemplate: (template: string, error: string) =>
    refuse([400, 'InvalidParameters', error], 'claim-template-refused', { template, error }),
  claimLimit: (details: Details) => refuse(denied, 'claim-limit', details),
  hookRefused: (details: Details) => refuse(denied, 'hook-refused', details),
  hookFailed: (details: Details) => refuse(denied, 'hook-failed', details),
  providerFailed: (details: Details) => refuse(denied, 'certificate-provider-failed', details),
  providerUnfit: (details: Details) => refuse(denied, 'certificate-provider-unfit', details),
  tooMany: (error: string) => refuse([429, 'TooManyRequests', 'Rate exceeded'], 'throttled', { error }),
  internal: () => refuse([500, 'InternalFailure', 'Internal failure'], 'internal-failure'),
}
