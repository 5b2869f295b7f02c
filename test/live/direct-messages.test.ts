/** SendDirectMessage, through the official clients. */
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { IoTDataPlaneClient, PublishCommand, SendDirectMessageCommand } from '@aws-sdk/client-iot-data-plane'
import type { IPublishPacket, MqttClient } from 'mqtt'
import { Agent, request } from 'node:https'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectDevice, listen } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let data: IoTDataPlaneClient
let identity: { certificatePem: string; privateKeyPem: string }

beforeAll(async () => {
  server = await startTestServer()
  const { apiUrl: endpoint, region } = server.endpoints
  data = new IoTDataPlaneClient({ endpoint, region, credentials: server.rootKey, maxAttempts: 1 })
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  identity = { certificatePem: made.certificatePem!, privateKeyPem: made.keyPair!.PrivateKey! }
  const statement = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })
  const Statement = [
    statement('iot:Connect', '*'),
    statement('iot:Subscribe', '*'),
    statement('iot:Receive', 'arn:aws:iot:us-east-1:*:topic/lamps/*'),
    {
      ...statement('iot:SendDirectMessage', 'arn:aws:iot:us-east-1:*:client/lamp*'),
      Condition: { StringLike: { 'iot:Topic': 'lamps/*' } },
    },
  ]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'lamps', target: made.certificateArn! }))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function connect(clientId: string, options: { clean?: boolean; protocolVersion?: 4 | 5 } = {}) {
  const { clean = true, protocolVersion = 5 } = options
  const properties = clean ? {} : { properties: { sessionExpiryInterval: 3600 } }
  const client = await connectDevice(server, {
    ...identity,
    clientId,
    protocolVersion,
    mqtt: { clean, ...(protocolVersion === 5 && properties) },
  })
  const packets: IPublishPacket[] = []
  client.on('message', (_topic, _payload, packet) => packets.push(packet))
  return { client, packets }
}

const send = (clientId: string, more: object = {}) =>
  data.send(
    new SendDirectMessageCommand({ clientId, topic: 'lamps/direct', payload: Buffer.from('on'), ...more }),
  )

const neverAcknowledge = (client: MqttClient) =>
  new Promise<void>((resolve) => {
    client.handleMessage = () => resolve() // the library acknowledges once this calls back
  })

it('reaches a client that has subscribed to nothing, and nobody else', async () => {
  await using others = await listen(server, 'lamps/#')
  const { client, packets } = await connect('lamp')
  const answer = await send('lamp', {
    contentType: 'text/plain',
    responseTopic: 'lamps/answers',
    userProperties: JSON.stringify([{ from: 'operator' }]),
  })
  expect(answer).toMatchObject({ message: 'OK', traceId: expect.any(String) as string })
  await expect.poll(() => packets).toHaveLength(1)
  expect(packets[0]).toMatchObject({ topic: 'lamps/direct', qos: 0, retain: false })
  expect(packets[0]!.payload.toString()).toBe('on')
  expect(packets[0]!.properties).toMatchObject({ contentType: 'text/plain', responseTopic: 'lamps/answers' })
  expect({ ...packets[0]!.properties!.userProperties }).toEqual({ from: 'operator' })
  await data.send(new PublishCommand({ topic: 'lamps/last', qos: 1 }))
  expect((await others.atLeast(1)).map(({ topic }) => topic)).toEqual(['lamps/last'])
  await client.endAsync()
})

it.each([
  ['ends with its connection', { clean: true }],
  ['ends with its connection, in MQTT 3.1.1', { clean: true, protocolVersion: 4 as const }],
  ['is kept', { clean: false }],
])('is confirmed by a client whose session %s, between messages of its own', async (_, options) => {
  const { client, packets } = await connect('confirming', options)
  await client.subscribeAsync('lamps/own', { qos: 1 })
  for (let round = 0; round < 20; round++) {
    const own = data.send(
      new PublishCommand({ topic: 'lamps/own', qos: 1, payload: Buffer.from(`${round}`) }),
    )
    const direct = Array.from({ length: 3 }, () => send('confirming', { confirmation: true }))
    expect((await Promise.all([...direct, own])).slice(0, 3)).toMatchObject([{ message: 'OK' }, {}, {}])
  }
  await expect.poll(() => packets.length).toBe(80)
  expect(packets.filter(({ topic, qos }) => topic === 'lamps/direct' && qos === 1)).toHaveLength(60)
  await client.endAsync()
  if (options.clean === false) await forget('confirming')
})

it('is lost on a client that is away, also when its session is kept', async () => {
  const first = await connect('away', { clean: false })
  await first.client.subscribeAsync('lamps/#', { qos: 1 })
  await first.client.endAsync()
  await expect
    .poll(() => send('away', { confirmation: true }).catch(({ name }: Error) => name))
    .toBe('ResourceNotFoundException')
  await expect(send('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await data.send(new PublishCommand({ topic: 'lamps/kept', qos: 1 }))
  const topics: string[] = []
  const again = await connectDevice(server, {
    ...identity,
    clientId: 'away',
    protocolVersion: 5,
    mqtt: {
      clean: false,
      properties: { sessionExpiryInterval: 3600 },
      customHandleAcks: (topic, _message, _packet, done) => {
        topics.push(topic) // also of what comes in the turn of CONNACK
        done(0)
      },
    },
  })
  await expect.poll(() => topics).toEqual(['lamps/kept'])
  await again.endAsync()
  await forget('away')
})

it('is refused where the client may not receive from the topic', async () => {
  const { client, packets } = await connect('bound')
  const refused = send('bound', { topic: 'stoves/direct' })
  await expect(refused).rejects.toMatchObject({ name: 'ForbiddenException' })
  await send('bound')
  await expect.poll(() => packets.map(({ topic }) => topic)).toEqual(['lamps/direct'])
  expect((await server.report('bound')).entries.map(({ code }) => code)).toContain('receive-denied')
  await client.endAsync()
})

it.each([true, false])(
  'is not confirmed by a client that does not acknowledge it (clean: %s)',
  async (clean) => {
    const { client } = await connect('silent', { clean })
    const received = neverAcknowledge(client)
    const late = send('silent', { confirmation: true, timeout: 1 })
    await expect(late).rejects.toMatchObject({
      name: 'GatewayTimeoutException',
      $metadata: { httpStatusCode: 504 },
    })
    await received
    const leaving = send('silent', { confirmation: true, timeout: 15 })
    const left = leaving.catch(({ name }: Error) => name)
    await send('silent') // what was asked before is on its way by now
    client.end(true)
    expect(await left).toBe('ResourceNotFoundException')
    if (!clean) await forget('silent')
  },
)

describe('a device sends over HTTPS', () => {
  /** With its certificate. Resolves with status and answer. */
  const post = (path: string, method = 'POST') =>
    new Promise<{ status: number | undefined; answer: unknown }>((resolve, reject) => {
      const { httpsPort: port, rootCaFile } = server.endpoints
      const agent = new Agent({
        cert: identity.certificatePem,
        key: identity.privateKeyPem,
        ca: readFileSync(rootCaFile),
      })
      const sent = request({ agent, host: 'localhost', port, path, method }, (response) => {
        void response.toArray().then((chunks: Buffer[]) => {
          agent.destroy()
          const answer: unknown = JSON.parse(Buffer.concat(chunks).toString())
          resolve({ status: response.statusCode, answer })
        })
      })
      sent.on('error', reject)
      sent.end('on')
    })

  it('to a client that its policies name, which confirms', async () => {
    const { client, packets } = await connect('lamp-2')
    const { status, answer } = await post(
      '/connections/lamp-2/messages?topic=lamps%2Fdirect&confirmation=true',
    )
    expect(answer).toEqual({ message: 'OK', traceId: expect.any(String) as string })
    expect(status).toBe(200)
    await expect.poll(() => packets.length).toBe(1)
    expect(packets[0]).toMatchObject({ topic: 'lamps/direct', qos: 1 })
    expect(packets[0]!.payload.toString()).toBe('on')
    await client.endAsync()
  })

  it.each([
    ['to a client that they do not name', '/connections/stove/messages?topic=lamps%2Fdirect', 403],
    ['to a topic that they do not name', '/connections/lamp-2/messages?topic=stoves%2Fdirect', 403],
    ['to a client that is away', '/connections/lamp-3/messages?topic=lamps%2Fdirect', 404],
    ['without a topic', '/connections/lamp-2/messages', 400],
    ['for longer than may be waited', '/connections/lamp-2/messages?topic=lamps%2Fx&timeout=16', 400],
  ])('nothing %s', async (_, path, status) => {
    const { client, packets } = await connect('lamp-2')
    expect(await post(path)).toMatchObject({ status, answer: { message: expect.any(String) as string } })
    await send('lamp-2')
    await expect.poll(() => packets.map(({ topic }) => topic)).toEqual(['lamps/direct'])
    await client.endAsync()
  })

  it('with POST alone', async () => {
    expect(await post('/connections/lamp-2/messages?topic=lamps%2Fdirect', 'PUT')).toMatchObject({
      status: 405,
    })
  })
})

async function forget(clientId: string): Promise<void> {
  const { client } = await connect(clientId)
  await client.endAsync()
}
