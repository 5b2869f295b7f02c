import { describe, expect, it } from 'vitest'
import { decideAnswer, reasonText, refusal, refusals, type RefusalReason } from './refuse.ts'

const reasons = Object.keys(refusals) as RefusalReason[]
const replies = ['connect', 'acknowledged', 'none'] as const
/** Nothing but a CONNECT is refused for these. */
const reasonsOfConnect: readonly RefusalReason[] = [
  'protocol-version-unsupported',
  'authentication-unsupported',
  'client-id-refused',
]
const styles = ['silent', 'explain'] as const

/** MQTT 5.0 3.2.2.2, 3.4.2.1, 3.9.3, 3.14.2.1: error codes a server may put into each packet. */
const connackCodes = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
  0x9c, 0x9d, 0x9f,
]
const disconnectCodes = [
  0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
  0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
]

it.each([
  ['publish-denied', 4, 'acknowledged', { kind: 'close' }],
  ['publish-denied', 5, 'acknowledged', { kind: 'acknowledge', code: 0x87 }],
  ['publish-denied', 5, 'none', { kind: 'disconnect', code: 0x87 }],
  ['subscribe-denied', 4, 'acknowledged', { kind: 'close' }],
  ['too-many-subscriptions', 4, 'acknowledged', { kind: 'acknowledge', code: 0x80 }],
  ['client-id-refused', 4, 'connect', { kind: 'acknowledge', code: 2 }],
  ['connect-denied', 4, 'connect', { kind: 'close' }],
  ['connect-denied', 5, 'connect', { kind: 'close' }],
  ['malformed-packet', 5, 'connect', { kind: 'close' }],
  ['malformed-packet', 5, 'none', { kind: 'disconnect', code: 0x81 }],
  ['malformed-packet', 4, 'none', { kind: 'close' }],
] as const)('answers %s to MQTT level %i in reply to %s as AWS does', (reason, version, refused, answer) => {
  expect(decideAnswer({ reason, version, style: 'silent' }, refused)).toEqual(answer)
})

it.each([
  ['connect-denied', 4, 'connect', { kind: 'acknowledge', code: 5 }],
  ['connect-denied', 5, 'connect', { kind: 'acknowledge', code: 0x87 }],
  ['not-admitted', 4, 'connect', { kind: 'acknowledge', code: 5 }],
  ['will-denied', 5, 'connect', { kind: 'acknowledge', code: 0x87 }],
  ['will-topic-refused', 4, 'connect', { kind: 'close' }],
  ['malformed-packet', 5, 'connect', { kind: 'acknowledge', code: 0x81 }],
  ['malformed-packet', 4, 'connect', { kind: 'close' }],
  ['subscribe-denied', 4, 'acknowledged', { kind: 'acknowledge', code: 0x80 }],
  ['filter-malformed', 4, 'acknowledged', { kind: 'close' }],
  ['publish-denied', 4, 'acknowledged', { kind: 'close' }], // there is no word for it in 3.1.1
  ['publish-denied', 4, 'none', { kind: 'close' }],
] as const)('explains %s to MQTT level %i in reply to %s', (reason, version, refused, answer) => {
  expect(decideAnswer({ reason, version, style: 'explain' }, refused)).toEqual(answer)
})

describe.each(reasons)('%s', (reason) => {
  it('is answered with codes that the packet may carry', () => {
    for (const style of styles) {
      for (const refused of reasonsOfConnect.includes(reason) ? (['connect'] as const) : replies) {
        const v3 = decideAnswer({ reason, version: 4, style }, refused)
        expect(v3.kind).not.toBe('disconnect')
        const v5 = decideAnswer({ reason, version: 5, style }, refused)
        const isSaid = v5.kind === 'disconnect'
        expect(isSaid && refused === 'connect').toBe(false)
        expect(!isSaid || disconnectCodes.includes(v5.code)).toBe(true)
      }
    }
  })

  it('is an error to MQTT 5', () => expect(refusals[reason].v5.code).toBeGreaterThanOrEqual(0x80))

  it('has words', () => expect(reasonText(refusal(reason)).length).toBeGreaterThan(5))
})

it.each([
  'malformed-packet',
  'protocol-error',
  'packet-too-large',
  'authentication-unsupported',
  'no-certificate',
  'not-admitted',
  'certificate-changed',
  'certificate-listed',
  'connect-denied',
  'will-denied',
  'client-id-refused',
  'will-topic-refused',
  'will-qos-unsupported',
  'will-too-large',
] as const)('is said in CONNACK with a code of CONNACK: %s', (reason) => {
  const answer = decideAnswer({ reason, version: 5, style: 'explain' }, 'connect')
  expect(answer.kind).toBe('acknowledge')
  expect(connackCodes).toContain(answer.kind === 'acknowledge' && answer.code)
})

it.each([
  [refusal('publish-denied', { action: 'iot:Publish', resource: 'arn:x:topic/a', decision: 'long' })],
  [refusal('publish-denied', { action: 'iot:Publish', resource: 'arn:x:topic/a', error: 'other' })],
])('names action and resource of what is denied', (denied) => {
  expect(reasonText(denied)).toBe('iot:Publish on arn:x:topic/a is not allowed')
})

it('says what is wrong, never at length', () => {
  expect(reasonText(refusal('topic-refused', { topic: 'a', error: '9 slashes' }))).toBe('9 slashes')
  expect(reasonText(refusal('topic-refused', { error: 'x'.repeat(1000) }))).toHaveLength(500)
})
