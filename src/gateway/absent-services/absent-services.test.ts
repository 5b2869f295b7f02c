import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Message } from '../../fabric/in-process/index.ts'
import { openTestMessages, type TestMessages } from '../../messaging/data-plane/testing/test-messages.ts'
import type { JournalEntry } from '../../observability/journal/index.ts'
import { decodeCbor } from '../../lib/cbor.ts'
import { answerAbsentServices } from './index.ts'

const accountId = '123456789012'
const certificateId = 'ab'.repeat(32)
let messages: TestMessages
let service: Disposable
let entries: JournalEntry[]
let heard: Message[]

beforeEach(async () => {
  messages = await openTestMessages()
  entries = []
  heard = []
  const now = () => new Date(1_000_000_000_999)
  const record = (entry: JournalEntry) => void entries.push(entry)
  service = answerAbsentServices({ fabric: messages.fabric, messages, accountId, record, now })
})
afterEach(async () => {
  service[Symbol.dispose]()
  await messages[Symbol.asyncDispose]()
})

const listen = () => messages.fabric.subscribe(accountId, '$aws/#', (message) => void heard.push(message))

async function ask(topic: string, payload: string | Buffer = '', more: Partial<Message> = {}): Promise<void> {
  const publisher = { clientId: 'lamp', principal: certificateId, sourceIp: '192.0.2.1' }
  const message = {
    accountId,
    topic,
    payload: Buffer.from(payload),
    qos: 1,
    retain: false,
    publisher,
  } as const
  await messages.publish({ ...message, ...more })
}

const answers = () => heard.filter(({ topic }) => topic.includes('/rejected'))

it.each<[string, string, string, object]>([
  ...['get', 'start-next', '$next/get', 'job-1/update'].map((request): [string, string, string, object] => [
    `$aws/things/lamp/jobs/${request}`,
    '{"clientToken":"t"}',
    `$aws/things/lamp/jobs/${request}/rejected`,
    {
      code: 'InvalidTopic',
      message: 'Muster does not offer Jobs',
      clientToken: 't',
      timestamp: 1_000_000_000,
    },
  ]),
  ...['get', 'describe'].map((request): [string, string, string, object] => [
    `$aws/things/lamp/streams/firmware/${request}/json`,
    '{"c":"t"}',
    '$aws/things/lamp/streams/firmware/rejected/json',
    { o: 'InvalidTopic', m: 'Muster does not offer MQTT-based file delivery', c: 't' },
  ]),
  [
    '$aws/things/lamp/defender/metrics/json',
    '{"header":{"report_id":7,"version":"1.0"}}',
    '$aws/things/lamp/defender/metrics/json/rejected',
    {
      reportId: 7,
      status: 'REJECTED',
      statusDetails: { ErrorCode: 'NotImplemented', ErrorMessage: 'Muster does not offer Device Defender' },
      timestamp: 1_000_000_000_000,
    },
  ],
  [
    '$aws/commands/things/lamp/executions/e-1/response/json',
    '{"status":"SUCCEEDED"}',
    '$aws/commands/things/lamp/executions/e-1/response/rejected/json',
    { error: 'NotImplemented', errorMessage: 'Muster does not offer commands', executionId: 'e-1' },
  ],
  [
    '$aws/device_location/lamp/get_position_estimate',
    '{}',
    '$aws/device_location/lamp/get_position_estimate/rejected',
    { errorCode: 'NotImplemented', errorMessage: 'Muster does not offer Device Location' },
  ],
])('a request on %s is rejected, and journalled', async (topic, payload, rejectedOn, document) => {
  using _ = listen()
  await ask(topic, payload)
  expect(answers().map((message) => message.topic)).toEqual([rejectedOn])
  expect(JSON.parse(Buffer.from(answers()[0]!.payload).toString())).toEqual(document)
  expect(entries).toMatchObject([
    { code: 'service-not-offered', clientId: 'lamp', certificateId, details: { topic } },
  ])
})

it('rejects in CBOR what was asked in CBOR', async () => {
  using _ = listen()
  await ask('$aws/things/lamp/streams/firmware/get/cbor', Buffer.from([0xa0]))
  const [{ topic, payload } = { topic: '', payload: Buffer.alloc(0) }] = answers()
  expect(topic).toBe('$aws/things/lamp/streams/firmware/rejected/cbor')
  expect(decodeCbor(payload, { maxBytes: 1000, maxDepth: 1 })).toEqual({
    o: 'InvalidTopic',
    m: 'Muster does not offer MQTT-based file delivery',
  })
})

it.each(['no JSON', '', 'null', '7', '{"clientToken":7,"header":null}'])(
  'rejects a request that it cannot read: %s',
  async (payload) => {
    using _ = listen()
    await ask('$aws/things/lamp/jobs/get', payload)
    expect(answers()).toHaveLength(1)
  },
)

it('does not answer a will, what nobody listens to, and another account', async () => {
  await ask('$aws/things/lamp/jobs/get')
  using _ = listen()
  await ask('$aws/things/lamp/jobs/get', '', { isWill: true })
  await ask('$aws/things/lamp/jobs/get', '', { accountId: '210987654321' })
  expect(answers()).toEqual([])
  expect(entries).toHaveLength(1)
})

it('does not take its own answer, nor that of another service, for a request', async () => {
  using _ = listen()
  await ask('$aws/things/lamp/jobs/get/rejected')
  await ask('$aws/things/lamp/streams/s/rejected/json')
  await ask('$aws/things/lamp/shadow/get')
  expect(entries).toEqual([])
})
