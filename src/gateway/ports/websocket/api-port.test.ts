/** WebSockets on the port of the API, and signed calls of the data plane on the ports of devices. */
import { Agent } from 'node:https'
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import { ListUsersCommand, IAMClient } from '@aws-sdk/client-iam'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallContext } from '../../../api/aws/operations.ts'
import {
  credentials,
  offer,
  seenBy,
  startTestHttp,
  type TestHttp,
} from '../../../api/http/testing/test-server.ts'
import {
  allowAll,
  presign,
  startSignedGateway,
  type Keys,
  type SignedGateway,
} from '../testing/test-signed-gateway.ts'
import { server, serverRoot, startTestGateway, type TestGateway } from '../testing/test-gateway.ts'
import { toPair } from '../../../../test/helpers/certificates.ts'
import {
  connectOver,
  failOnErrors,
  nextMessage,
  noIdentity,
  openFrames,
} from '../testing/test-websocket-client.ts'

describe('a WebSocket on the port of the API', () => {
  let gateway: SignedGateway
  let http: TestHttp
  let keys: Keys
  beforeEach(async () => {
    gateway = await startSignedGateway()
    http = await startTestHttp({ onUpgrade: gateway.gateway.upgrade })
    keys = await gateway.addUser('ann', allowAll)
  })
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]()
    await http[Symbol.asyncDispose]()
    failOnErrors(gateway)
  })
  const sign = () => presign({ port: http.port, keys, at: gateway.clock.now, protocol: 'ws' })

  it('carries MQTT for an IAM identity', async () => {
    const client = await connectOver(await sign(), { clientId: 'console-1' })
    await client.subscribeAsync('a')
    const message = nextMessage(client)
    await client.publishAsync('a', 'hello')
    expect(String((await message)[1])).toBe('hello')
    const { details, sourceIp } = await gateway.recorded('connected')
    expect(sourceIp).toBe('127.0.0.1')
    expect(details).toMatchObject({ tlsVersion: '', protocol: 'MQTT 3.1.1 over WebSocket' })
    expect(gateway.gateway.stats()).toMatchObject({ connections: 1, clients: 1 })
    await client.endAsync()
  })

  it('is not over TLS to policies', async () => {
    const Condition = { Bool: { 'aws:SecureTransport': 'true' } }
    await gateway.grant('ann', { Effect: 'Allow', Action: 'iot:*', Resource: '*', Condition })
    await expect(connectOver(await sign())).rejects.toThrow("Couldn't connect to server")
    await gateway.recorded('connect-denied')
  })

  it('is told of the end of the server, and holds it up no longer than it may', async () => {
    const silent = await openFrames(await sign(), {})
    await gateway.gateway[Symbol.asyncDispose]()
    await http[Symbol.asyncDispose]()
    expect(await silent.closed).toBe(1000)
  })

  it.each<[string, number, () => string | Promise<string>]>([
    ['a signature', 403, () => '/mqtt'],
    ['the right path', 404, async () => (await sign()).replace(/^.*\/mqtt/, '/topics')],
  ])('is refused without %s', async (_title, status, makeTarget) => {
    const target = await makeTarget()
    await expect(openFrames(`ws://localhost:${http.port}${target}`, {})).rejects.toThrow(`${status}`)
  })

  it.each([
    ['without TLS', 'ws', {}],
    ['with TLS', 'wss', { tls: { own: [toPair(server)] } }],
  ] as const)(
    'is refused when there are as many as a port of devices may have: %s',
    async (_, protocol, tls) => {
      await using api = await startTestHttp({
        ...tls,
        onUpgrade: (...asked) => small.gateway.upgrade(...asked),
      })
      await using small = await startSignedGateway({ limits: { maxConnections: 2 } })
      const ann = await small.addUser('ann', allowAll)
      const open = async () =>
        openFrames(await presign({ port: api.port, keys: ann, at: small.clock.now, protocol }), noIdentity)
      const [first] = [await open(), await open()]
      await expect(open()).rejects.toThrow('503')
      await small.recorded('connection-limit')
      first.webSocket.close()
      await first.closed
      while (small.gateway.stats().connections > 1) await new Promise((resolve) => setImmediate(resolve))
      await open()
    },
  )

  it('is not what every upgrade asks for', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }
    const answer = await fetchWith(`${http.url}/health`, headers)
    expect(answer).toBe(200)
  })

  it('has to be asked for', async () => {
    const answer = await fetch(`${http.url}/mqtt`)
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
  })
})

/** `fetch` refuses to send an upgrade. */
async function fetchWith(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const { get } = await import('node:http')
  return await new Promise((resolve, reject) => {
    const sent = get(url, { headers }, (answer) => resolve(answer.resume().statusCode))
    sent.on('error', reject)
    sent.on('upgrade', () => reject(new Error('it was upgraded')))
  })
}

it('closes a request for a WebSocket where there are none', async () => {
  await using http = await startTestHttp({})
  await expect(openFrames(`ws://localhost:${http.port}/mqtt`, {})).rejects.toThrow('socket hang up')
})

describe('a signed call on a port of devices', () => {
  let gateway: TestGateway
  let http: TestHttp
  const calls: object[] = []
  beforeEach(async () => {
    calls.length = 0
    const Publish = async (input: object, context: CallContext) => {
      calls.push({ ...input, ...seenBy(context) })
      return {}
    }
    http = await startTestHttp({
      services: { 'iot-data': offer({ Publish }), iam: offer({ ListUsers: Publish }) },
    })
    gateway = await startTestGateway({ answerSigned: http.answer })
  })
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]()
    await http[Symbol.asyncDispose]()
    failOnErrors(gateway)
  })

  const config = (more: object = {}) => ({
    endpoint: `https://localhost:${gateway.httpsPort}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new Agent({ ca: serverRoot }) },
    ...more,
  })
  const publish = { topic: 'a/b', payload: Buffer.from('hello') }

  it('publishes without a certificate', async () => {
    const client = new IoTDataPlaneClient(config())
    const { $metadata } = await client.send(new PublishCommand(publish))
    expect($metadata.httpStatusCode).toBe(200)
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(calls).toMatchObject([
      { topic: 'a/b', arn: expect.stringMatching(/user\/alice$/), sourceIp: '127.0.0.1' },
    ])
    client.destroy()
  })

  it.each<[string, number, object]>([
    ['by a wrong secret', 403, { credentials: { ...credentials, secretAccessKey: 'wrong' } }],
    ['by nobody we know', 403, { credentials: { ...credentials, accessKeyId: 'AKIANOBODY' } }],
    ['for another region', 403, { region: 'eu-west-1' }],
  ])('is refused when it is signed %s', async (_title, httpStatusCode, more) => {
    const client = new IoTDataPlaneClient(config(more))
    const $metadata = expect.objectContaining({ httpStatusCode })
    await expect(client.send(new PublishCommand(publish))).rejects.toMatchObject({ $metadata })
    expect(calls).toEqual([])
    client.destroy()
  })

  it('is refused with a body above the limit', async () => {
    const client = new IoTDataPlaneClient(config())
    const large = new PublishCommand({ ...publish, payload: Buffer.alloc(140_000) })
    await expect(client.send(large)).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } })
    client.destroy()
  })

  it('reaches no other service than that of devices', async () => {
    const client = new IAMClient(config())
    await expect(client.send(new ListUsersCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
    expect(calls).toEqual([])
    client.destroy()
  })
})
