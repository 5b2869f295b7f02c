import { expect, it } from 'vitest'
import { encodeConnack, encodeDisconnect, encodePuback, encodePubrec, encodeSuback } from '../codec/encode.ts'
import type { AnswerProperties } from '../codec/encode.ts'
import type { ConnectProperties } from '../codec/packets.ts'
import { refusal } from '../refuse.ts'
import { explained, type Listener } from './explained.ts'

const denied = refusal('publish-denied', { action: 'iot:Publish', resource: 'arn:topic/a' })
const reason = Buffer.from('iot:Publish on arn:topic/a is not allowed')

const listener = (more: Partial<Listener> = {}, properties: ConnectProperties = {}): Listener => ({
  style: 'explain',
  version: 5,
  properties,
  ...more,
})

const encoders: [string, (properties?: AnswerProperties) => Buffer][] = [
  ['CONNACK (MQTT5-3.2.2-19)', (properties) => encodeConnack(5, 0x87, properties)],
  ['PUBACK (MQTT5-3.4.2-2)', (properties) => encodePuback(7, 0x87, properties)],
  ['PUBREC (MQTT5-3.5.2-2)', (properties) => encodePubrec(7, 0x87, properties)],
  ['SUBACK (MQTT5-3.9.2-1)', (properties) => encodeSuback(5, 7, [0x87], properties)],
  ['DISCONNECT (MQTT5-3.14.2-3)', (properties) => encodeDisconnect(0x87, properties)],
]

it.each(encoders)('a reason stays within the packet size of the client in %s', (_packet, encode) => {
  const whole = Buffer.from(explained(listener(), denied, encode))
  expect(whole.includes(reason)).toBe(true)
  const fits = explained(listener({}, { maximumPacketSize: whole.length }), denied, encode)
  expect(Buffer.from(fits)).toEqual(whole)
  const tight = explained(listener({}, { maximumPacketSize: whole.length - 1 }), denied, encode)
  expect(Buffer.from(tight)).toEqual(encode())
})

it.each([
  ['a client that wants to be spared it', listener({}, { requestProblemInformation: false }), denied],
  ['MQTT 3.1.1', listener({ version: 4 }), denied],
  ['clients that are refused silently', listener({ style: 'silent' }), denied],
  ['what is not refused', listener(), undefined],
])('a reason is kept from %s', (_who, who, refused) => {
  const encode = (properties?: AnswerProperties) => encodePuback(7, 0x87, properties)
  expect(Buffer.from(explained(who, refused, encode))).toEqual(encode())
})
