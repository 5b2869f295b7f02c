import {
  GetRetainedMessageCommand,
  IoTDataPlaneClient,
  ListRetainedMessagesCommand,
  PublishCommand,
  type PublishCommandInput,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-iot-data-plane'
import type { BuildMiddleware } from '@smithy/types'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { AwsError } from '../../api/aws/errors.ts'
import type { Message } from '../../fabric/in-process/index.ts'
import { accountId, clientConfig, startTestHttp, type TestHttp } from '../../api/http/testing/test-server.ts'
import { dataPlaneOperations, dataPlanePermissions } from './index.ts'
import { openTestMessages, type TestMessages } from './testing/test-messages.ts'

let messages: TestMessages
let server: TestHttp
let client: IoTDataPlaneClient
let heard: Message[]
/** Actions and resources that IAM was asked about. */
let asked: string[]
let denied: string[]

beforeEach(async () => {
  messages = await openTestMessages()
  heard = []
  asked = []
  denied = []
  for (const filter of ['#', '$aws/#'])
    messages.fabric.subscribe(accountId, filter, (message) => heard.push(message))
  server = await startTestHttp({
    services: {
      'iot-data': {
        operations: dataPlaneOperations({ messages }),
        permissions: dataPlanePermissions,
      } as never,
    },
    authorizeCall: async (_caller, { action, resource }) => {
      asked.push(`${action} ${resource}`)
      if (denied.includes(action)) throw new AwsError('AccessDeniedException', `not authorized: ${action}`)
    },
  })
  client = new IoTDataPlaneClient(clientConfig(server))
})
afterEach(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
  await messages[Symbol.asyncDispose]()
})

const publish = (input: PublishCommandInput) => client.send(new PublishCommand(input))
const arn = (topic: string) => `arn:aws:iot:us-east-1:${accountId}:topic/${topic}`

it('publishes like MQTT does, with the caller as publisher', async () => {
  await publish({
    topic: 'lamps/1 ü',
    qos: 1,
    payload: Buffer.from('on'),
    contentType: 'text/plain',
    responseTopic: 'answers',
    messageExpiry: 0,
    payloadFormatIndicator: 'UNSPECIFIED_BYTES',
    correlationData: 'AQ==',
    userProperties: JSON.stringify([{ k: 'v' }]),
  })
  expect(asked).toEqual([`iot:Publish ${arn('lamps/1 ü')}`])
  expect(heard).toEqual([
    {
      accountId,
      topic: 'lamps/1 ü',
      payload: Buffer.from('on'),
      qos: 1,
      retain: false,
      properties: {
        contentType: 'text/plain',
        responseTopic: 'answers',
        messageExpiryInterval: 1,
        payloadFormatIndicator: false,
        correlationData: Buffer.from([1]),
        userProperties: [['k', 'v']],
      },
      publisher: { principal: 'AIDA1', sourceIp: '127.0.0.1' },
    },
  ])
})

it.each<[string, PublishCommandInput, string]>([
  ['a wildcard', { topic: 'a/#' }, 'InvalidRequestException'],
  ['a topic of 9 levels', { topic: 'a/b/c/d/e/f/g/h/i' }, 'InvalidRequestException'],
  ['QoS 2', { topic: 'a', qos: 2 }, 'InvalidRequestException'],
  ['a response topic with a wildcard', { topic: 'a', responseTopic: '+' }, 'InvalidRequestException'],
  ['a negative expiry', { topic: 'a', messageExpiry: -1 }, 'InvalidRequestException'],
  ['user properties that are no list', { topic: 'a', userProperties: '{}' }, 'InvalidRequestException'],
  ['an event', { topic: '$aws/events/certificates/registered/x' }, 'ForbiddenException'],
  ['a retained shadow', { topic: '$aws/things/x/shadow/update', retain: true }, 'ForbiddenException'],
  ['a large payload', { topic: 'a', payload: Buffer.alloc(131_073) }, 'RequestEntityTooLargeException'],
])('refuses to publish %s', async (_title, input, name) => {
  await expect(publish(input)).rejects.toMatchObject({ name })
  expect(heard).toEqual([])
})

it.each([
  ['iot:Publish', () => publish({ topic: 'a' })],
  ['iot:Publish', () => publish({ topic: 'a', retain: true })],
  ['iot:RetainPublish', () => publish({ topic: 'a', retain: true })],
  ['iot:GetRetainedMessage', () => client.send(new GetRetainedMessageCommand({ topic: 'a' }))],
  ['iot:ListRetainedMessages', () => client.send(new ListRetainedMessagesCommand({}))],
])('asks IAM for %s and answers a denial as AWS does', async (action, call) => {
  denied = [action]
  await expect(call()).rejects.toMatchObject({
    name: 'ForbiddenException',
    message: `not authorized: ${action}`,
    $metadata: { httpStatusCode: 403 },
  })
  expect(asked.at(-1)).toBe(`${action} ${action === 'iot:ListRetainedMessages' ? '*' : arn('a')}`)
  expect(heard).toEqual([])
})

it('shows what is retained', async () => {
  const before = Date.now()
  await publish({
    topic: 'a/b',
    qos: 1,
    retain: true,
    payload: Buffer.from([1, 0]),
    userProperties: JSON.stringify([{ k: '1' }, { k: '2' }]),
  })
  const found = await client.send(new GetRetainedMessageCommand({ topic: 'a/b' }))
  expect(found).toMatchObject({ topic: 'a/b', qos: 1 })
  expect(Buffer.from(found.payload ?? [])).toEqual(Buffer.from([1, 0]))
  expect(Buffer.from(found.userProperties ?? []).toString()).toBe('[{"k":"1"},{"k":"2"}]')
  expect(found.lastModifiedTime).toBeGreaterThanOrEqual(before)
  await publish({ topic: 'a/b', retain: true })
  await expect(client.send(new GetRetainedMessageCommand({ topic: 'a/b' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  })
})

it('lists by topic, page by page', async () => {
  for (const topic of ['b', 'ä', 'a/b', 'B', 'a']) {
    await publish({ topic, retain: true, payload: Buffer.from(topic) })
  }
  const topics: (string | undefined)[] = []
  let nextToken: string | undefined
  do {
    const page = await client.send(new ListRetainedMessagesCommand({ maxResults: 2, nextToken }))
    topics.push(...(page.retainedTopics ?? []).map(({ topic }) => topic))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  expect(topics).toEqual(['B', 'a', 'a/b', 'b', 'ä'])
  const all = await client.send(new ListRetainedMessagesCommand({}))
  expect(all.nextToken).toBeUndefined()
  expect(all.retainedTopics?.[4]).toMatchObject({ topic: 'ä', payloadSize: 2, qos: 0 })
})

it.each([{ maxResults: 0 }, { maxResults: 201 }, { nextToken: 'no token' }])(
  'refuses the page %o',
  async (page) => {
    await expect(client.send(new ListRetainedMessagesCommand(page))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
  },
)

it('takes a topic whose slashes are not encoded', async () => {
  const leaveSlashes: BuildMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => (args) => {
    const target = args.request as { path: string }
    target.path = decodeURIComponent(target.path)
    return next(args)
  }
  client.middlewareStack.add(leaveSlashes, { step: 'build' })
  await publish({ topic: 'a/b/c', qos: 1 })
  expect(heard).toMatchObject([{ topic: 'a/b/c', qos: 1 }])
})
