/**
 * Every reason for which a device is refused, and what it is answered: the one place that knows.
 * Sources: MQTT 5.0 2.4 (reason codes); AWS IoT Developer Guide, "MQTT 5 reason codes".
 */
import type { JournalCode } from '../journal/index.ts'
import type { ProtocolVersion } from './codec/packets.ts'

/**
 * `close`: end the connection without a word. `acknowledge`: put `code` into the acknowledgement of the refused
 * packet; one without acknowledgement gets `disconnect`. `disconnect`: say `code` in DISCONNECT, then close.
 */
type Manner = 'close' | 'acknowledge' | 'disconnect'

interface RefusalRow {
  /** Absent when the reason has been recorded by whoever gave it. */
  journal?: JournalCode
  v5: { manner: Manner; code: number }
  /** MQTT 3.1.1 has codes in CONNACK and SUBACK alone. */
  v3: { manner: 'close' } | { manner: 'acknowledge'; code: number }
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
  'authentication-unsupported': { journal: 'protocol-error', v5: acknowledge(0x8c), v3: close },
  'no-certificate': { journal: 'no-certificate', v5: silently(0x87), v3: close },
  'not-admitted': { v5: silently(0x87), v3: close },
  'certificate-changed': { journal: 'certificate-inactive', v5: silently(0x87), v3: close },
  'connect-denied': { journal: 'connect-denied', v5: silently(0x87), v3: close },
  'will-denied': { journal: 'will-denied', v5: silently(0x87), v3: close },
  'client-id-refused': { journal: 'limit-exceeded', v5: acknowledge(0x85), v3: acknowledge(2) },
  'will-topic-refused': { journal: 'protocol-error', v5: acknowledge(0x90), v3: close },
  'will-qos-unsupported': { journal: 'protocol-error', v5: acknowledge(0x9b), v3: close },
  'will-too-large': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: close },
  'publish-denied': { journal: 'publish-denied', v5: acknowledge(0x87), v3: close },
  'subscribe-denied': { journal: 'subscribe-denied', v5: acknowledge(0x87), v3: close },
  'topic-refused': { journal: 'protocol-error', v5: acknowledge(0x90), v3: close },
  'topic-reserved': { journal: 'publish-denied', v5: acknowledge(0x90), v3: close },
  'filter-refused': { journal: 'protocol-error', v5: acknowledge(0x8f), v3: close },
  'filter-reserved': { journal: 'subscribe-denied', v5: acknowledge(0x8f), v3: close },
  'shared-unsupported': { journal: 'protocol-error', v5: acknowledge(0x9e), v3: acknowledge(0x80) },
  'too-many-filters': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: acknowledge(0x80) },
  'too-many-subscriptions': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: acknowledge(0x80) },
  'message-too-large': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: close },
  'retained-limit': { journal: 'limit-exceeded', v5: acknowledge(0x97), v3: close },
  'qos-unsupported': { journal: 'protocol-error', v5: disconnect(0x9b), v3: close },
  'topic-alias-invalid': { journal: 'protocol-error', v5: disconnect(0x94), v3: close },
  'subscription-identifier-unsupported': { journal: 'protocol-error', v5: disconnect(0xa1), v3: close },
  'slow-consumer': { journal: 'limit-exceeded', v5: disconnect(0x97), v3: close },
} as const satisfies Record<string, RefusalRow>

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

/** Pure. Before CONNACK a server may not send DISCONNECT, so there the connection just ends. */
export function decideAnswer(reason: RefusalReason, version: ProtocolVersion, refused: Refused): Answer {
  const row: RefusalRow = refusals[reason]
  const answer = version === 5 ? row.v5 : row.v3
  if (answer.manner === 'close') return { kind: 'close' }
  if (answer.manner === 'acknowledge' && refused !== 'none') return { kind: 'acknowledge', code: answer.code }
  if (version === 4 || refused === 'connect') return { kind: 'close' }
  return { kind: 'disconnect', code: answer.code }
}

export const journalCodeOf = (reason: RefusalReason): JournalCode | undefined =>
  (refusals[reason] as RefusalRow).journal

export const refusal = (reason: RefusalReason, details: RefusalDetails = {}): Refusal => ({ reason, details })
