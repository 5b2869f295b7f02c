/**
 * Every reason for which a device is refused, and what it is answered: the one place that knows.
 * Sources: MQTT 5.0 2.4 (reason codes); AWS IoT Developer Guide, "MQTT 5 reason codes".
 */
import type { JournalCode } from '../../observability/journal/index.ts'
import type { ProtocolVersion } from './codec/packets.ts'

/** How much a refused client learns: as little as on AWS, or why. */
export type RefusalStyle = 'silent' | 'explain'

/**
 * `close`: end the connection without a word. `acknowledge`: put `code` into the acknowledgement of the refused
 * packet; one without acknowledgement gets `disconnect`. `disconnect`: say `code` in DISCONNECT, then close.
 */
type Manner = 'close' | 'acknowledge' | 'disconnect'

interface RefusalRow {
  /** Absent when the reason has been recorded by whoever gave it. */
  journal?: JournalCode
  /** Of `close` the code is said when refusals are explained. */
  v5: { manner: Manner; code: number }
  /** MQTT 3.1.1 has codes in CONNACK and SUBACK alone. */
  v3: { manner: 'close'; code?: number } | { manner: 'acknowledge'; code: number }
}

const close = { manner: 'close' } as const
const acknowledge = (code: number) => ({ manner: 'acknowledge', code }) as const
const disconnect = (code: number) => ({ manner: 'disconnect', code }) as const
const silently = (code: number) => ({ manner: 'close', code }) as const

export const refusals = {
  'malformed-packet': { journal: 'protocol-error', v5: disconnect(0x81), v3: close },
  'protocol-error': { journal: 'protocol-error', v5: disconnect(0x82), v3: close },
  'packet-too-large': { journal: 'limit-exceeded', v5: disconnect(0x95), v3: close },
  'protocol-version-unsupported': { journal: 'protocol-error', v5: acknowledge(0x84), v3: acknowledge(1) },
  'authentication-unsupported': { journal: 'protocol-error', v5: acknowledge(0x8c), v3: silently(5) },
  'no-certificate': { journal: 'no-certificate', v5: silently(0x87), v3: silently(5) },
  'not-admitted': { v5: silently(0x87), v3: silently(5) },
  'authorizer-refused': { v5: silently(0x87), v3: silently(5) },
  'certificate-changed': { journal: 'certificate-inactive', v5: silently(0x87), v3: silently(5) },
  'connect-throttled': { journal: 'throttled', v5: silently(0x97), v3: close },
  'certificate-listed': { journal: 'revoked-by-crl', v5: silently(0x87), v3: silently(5) },
  'connect-denied': { journal: 'connect-denied', v5: silently(0x87), v3: silently(5) },
  'will-denied': { journal: 'will-denied', v5: silently(0x87), v3: silently(5) },
  'client-id-refused': { journal: 'limit-exceeded', v5: acknowledge(0x85), v3: acknowledge(2) },
  'will-topic-refused': { journal: 'protocol-error', v5: acknowledge(0x90), v3: close },
  'will-qos-unsupported': { journal: 'protocol-error', v5: acknowledge(0x9b), v3: close },
  'will-too-large': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: close },
  'publish-denied': { journal: 'publish-denied', v5: acknowledge(0x87), v3: close },
  'subscribe-denied': { journal: 'subscribe-denied', v5: acknowledge(0x87), v3: silently(0x80) },
  'topic-malformed': { journal: 'protocol-error', v5: disconnect(0x90), v3: close },
  'topic-refused': { journal: 'protocol-error', v5: acknowledge(0x90), v3: close },
  'topic-reserved': { journal: 'publish-denied', v5: acknowledge(0x90), v3: close },
  'filter-malformed': { journal: 'protocol-error', v5: disconnect(0x8f), v3: close },
  'filter-refused': { journal: 'protocol-error', v5: acknowledge(0x8f), v3: silently(0x80) },
  'filter-reserved': { journal: 'subscribe-denied', v5: acknowledge(0x8f), v3: silently(0x80) },
  'too-many-filters': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: acknowledge(0x80) },
  'too-many-subscriptions': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: acknowledge(0x80) },
  'message-too-large': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: close },
  'retained-limit': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: close },
  'qos-unsupported': { journal: 'protocol-error', v5: disconnect(0x9b), v3: close },
  'response-topic-invalid': { journal: 'protocol-error', v5: disconnect(0x82), v3: close },
  'receive-maximum-exceeded': { journal: 'limit-exceeded', v5: disconnect(0x93), v3: close },
  'topic-alias-invalid': { journal: 'protocol-error', v5: disconnect(0x94), v3: close },
  'subscription-identifier-unsupported': { journal: 'protocol-error', v5: disconnect(0xa1), v3: close },
  'slow-consumer': { journal: 'limit-exceeded', v5: disconnect(0x97), v3: close },
} as const satisfies Record<string, RefusalRow>

const maxReasonLength = 500

export type RefusalReason = keyof typeof refusals

/** Small named facts for the journal; never payloads or secrets. */
export type RefusalDetails = Record<string, string | number | boolean | readonly string[]>

export interface Refusal {
  reason: RefusalReason
  details: RefusalDetails
}

/** The packet that is refused; `none` has no acknowledgement that could carry a code. */
export type Refused = 'connect' | 'acknowledged' | 'none'

export type Answer = { kind: 'close' } | { kind: 'acknowledge' | 'disconnect'; code: number }

/** Pure. Before CONNACK a server may not send DISCONNECT, so there it is CONNACK or nothing. */
export function decideAnswer(
  { reason, version, style }: { reason: RefusalReason; version: ProtocolVersion; style: RefusalStyle },
  refused: Refused,
): Answer {
  const row: RefusalRow = refusals[reason]
  const { manner, code } = version === 5 ? row.v5 : row.v3
  if (code === undefined || (manner === 'close' && style === 'silent')) return { kind: 'close' }
  if (refused === 'connect')
    return manner === 'disconnect' && style === 'silent' ? { kind: 'close' } : { kind: 'acknowledge', code }
  if (manner !== 'disconnect' && refused === 'acknowledged') return { kind: 'acknowledge', code }
  return version === 5 ? { kind: 'disconnect', code } : { kind: 'close' }
}

const plainTexts: Partial<Record<RefusalReason, string>> = {
  'no-certificate': 'a client certificate is needed',
  'not-admitted': 'the client certificate is not accepted',
  'authorizer-refused': 'the custom authorizer does not let the client in',
  'certificate-changed': 'the client certificate is not active',
  'certificate-listed': 'the client certificate is revoked',
}

/** Of an MQTT 5 Reason String; what the client asked for and may not, or what is wrong. Never secrets. */
export function reasonText({ reason, details }: Refusal): string {
  const { action, resource, error } = details
  if (typeof action === 'string' && typeof resource === 'string')
    return `${action} on ${resource} is not allowed`.slice(0, maxReasonLength)
  const text = typeof error === 'string' ? error : (plainTexts[reason] ?? reason.replaceAll('-', ' '))
  return text.slice(0, maxReasonLength)
}

export const journalCodeOf = (reason: RefusalReason): JournalCode | undefined =>
  (refusals[reason] as RefusalRow).journal

export const refusal = (reason: RefusalReason, details: RefusalDetails = {}): Refusal => ({ reason, details })
