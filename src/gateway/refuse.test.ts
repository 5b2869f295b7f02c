import { expect, it } from 'vitest'
import { decideAnswer, refusals, type RefusalReason } from './refuse.ts'

const reasons = Object.keys(refusals) as RefusalReason[]

it.each([
  ['publish-denied', 4, 'acknowledged', { kind: 'close' }],
  ['publish-denied', 5, 'acknowledged', { kind: 'acknowledge', code: 0x87 }],
  ['publish-denied', 5, 'none', { kind: 'disconnect', code: 0x87 }],
  ['too-many-subscriptions', 4, 'acknowledged', { kind: 'acknowledge', code: 0x80 }],
  ['client-id-refused', 4, 'connect', { kind: 'acknowledge', code: 2 }],
  ['connect-denied', 5, 'connect', { kind: 'close' }],
  ['malformed-packet', 5, 'connect', { kind: 'close' }],
  ['malformed-packet', 5, 'none', { kind: 'disconnect', code: 0x81 }],
  ['malformed-packet', 4, 'none', { kind: 'close' }],
] as const)('answers %s to MQTT level %i in reply to %s', (reason, version, refused, answer) => {
  expect(decideAnswer(reason, version, refused)).toEqual(answer)
})

it.each(reasons)('says nothing by DISCONNECT before CONNACK, nor ever to 3.1.1: %s', (reason) => {
  expect(decideAnswer(reason, 5, 'connect').kind).not.toBe('disconnect')
  for (const refused of ['connect', 'acknowledged', 'none'] as const) {
    expect(decideAnswer(reason, 4, refused).kind).not.toBe('disconnect')
  }
})

it.each(reasons)('gives MQTT 5 a reason code that is an error: %s', (reason) => {
  expect(refusals[reason].v5.code).toBeGreaterThanOrEqual(0x80)
})
