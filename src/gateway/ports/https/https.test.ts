import { once } from 'node:events'
import { Agent, request } from 'node:https'
import { expect, it } from 'vitest'
import type { Message } from '../../../fabric/in-process/index.ts'
import { accountId, device, dial, startTestGateway, type TestGateway } from '../testing/test-gateway.ts'

interface Answer {
  status: number | undefined
  headers: Record<string, unknown>
  body: unknown
  text: string
}

interface AskOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  agent?: Agent | false
  /** Presents no certificate. */
  bare?: boolean
}

/** Rejects when the reply is empty. */
function ask(gateway: TestGateway, path: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'POST', headers = {}, body = '', agent = false, bare } = options
  const identity = bare ? {} : { cert: device.certificatePem, key: device.privateKeyPem }
  const target = { host: '127.0.0.1', port: gateway.httpsPort, path, method, agent, headers, ...identity }
  return new Promise((resolve, reject) => {
    const sent = request({ ...target, rejectUnauthorized: false }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => {
        const json: unknown = text === '' ? undefined : JSON.parse(text)
        resolve({ status: response.statusCode, headers: response.headers, body: json, text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function watch({ fabric }: TestGateway): Message[] {
  const heard: Message[] = []
  for (const filter of ['#', '$aws/#']) fabric.subscribe(accountId, filter, (message) => heard.push(message))
  return heard
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

it('publishes like MQTT does, with the certificate as publisher and no client id', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const answer = await ask(gateway, '/topics/lamps/1/state?qos=1', { body: 'on' })
  expect(answer).toMatchObject({ status: 200, body: { message: 'OK' } })
  expect(answer.body).toMatchObject({ traceId: expect.stringMatching(uuid) as string })
  expect(answer.headers['x-amzn-requestid']).toMatch(uuid)
  expect(answer.headers['content-type']).toBe('application/json')
  expect(heard).toEqual([
    {
      accountId,
      topic: 'lamps/1/state',
      payload: Buffer.from('on'),
      qos: 1,
      retain: false,
      publisher: { principal: device.certificateId, sourceIp: '127.0.0.1' },
    },
  ])
  expect(gateway.codes()).toEqual([])
})

it.each([
  ['/topics/lamps%2F1%2Fstate', 'lamps/1/state'],
  ['/topics/lamps/1%2Fstate?qos=0', 'lamps/1/state'],
  ['/topics/a%20b%C3%BC%25', 'a bü%'],
  ['/topics//a/', '/a/'],
  ['/topics/$aws/rules/my-rule/a', '$aws/rules/my-rule/a'],
  ['https://anywhere/topics/a', 'a'],
])('reads the topic of %s', async (path, topic) => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  expect(await ask(gateway, path)).toMatchObject({ status: 200 })
  expect(heard).toMatchObject([{ topic, qos: 0, payload: new Uint8Array() }])
})

it('carries the properties of MQTT 5', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const userProperties = [{ deviceName: 'alpha' }, { count: '1', __proto__x: 'p' }, { count: '2' }]
  const answer = await ask(
    gateway,
    '/topics/a?contentType=text%2Fplain&responseTopic=answers%2F1&messageExpiry=60',
    {
      headers: {
        'x-amz-mqtt5-user-properties': Buffer.from(JSON.stringify(userProperties)).toString('base64'),
        'x-amz-mqtt5-payload-format-indicator': 'UTF8_DATA',
        'x-amz-mqtt5-correlation-data': 'AQID',
      },
    },
  )
  expect(answer.status).toBe(200)
  expect(heard[0]?.properties).toEqual({
    contentType: 'text/plain',
    responseTopic: 'answers/1',
    messageExpiryInterval: 60,
    payloadFormatIndicator: true,
    correlationData: Buffer.from([1, 2, 3]),
    userProperties: [
      ['deviceName', 'alpha'],
      ['count', '1'],
      ['__proto__x', 'p'],
      ['count', '2'],
    ],
  })
})

it('says what the policies do not grant to the device alone in one word, and to the journal in full', async () => {
  await using gateway = await startTestGateway({
    isAllowed: (action, resource) => action === 'iot:Publish' && resource === 'topic/mine',
  })
  const heard = watch(gateway)
  expect(await ask(gateway, '/topics/mine')).toMatchObject({ status: 200 })
  const denied = await ask(gateway, '/topics/yours?qos=1')
  expect(denied).toMatchObject({ status: 403, body: { message: 'Forbidden' } })
  expect(denied.body).toMatchObject({ traceId: expect.stringMatching(uuid) as string })
  expect(denied.headers['x-amzn-errortype']).toBe('ForbiddenException')
  expect(await ask(gateway, '/topics/mine?retain=true')).toMatchObject({ status: 403 })
  expect(await ask(gateway, '/retainedMessage/mine', { method: 'GET' })).toMatchObject({ status: 403 })
  expect(await ask(gateway, '/retainedMessage', { method: 'GET' })).toMatchObject({ status: 403 })
  expect(heard.length).toBe(1)
  expect(gateway.entries).toMatchObject([
    {
      code: 'publish-denied',
      certificateId: device.certificateId,
      details: { action: 'iot:Publish', resource: `arn:aws:iot:us-east-1:${accountId}:topic/yours` },
    },
    { code: 'publish-denied', details: { action: 'iot:RetainPublish', protocol: 'HTTPS' } },
    { code: 'receive-denied', details: { action: 'iot:GetRetainedMessage' } },
    { code: 'receive-denied', details: { action: 'iot:ListRetainedMessages', resource: '*' } },
  ])
})

const mqtt5 = (name: string, value: string) => ({ headers: { [`x-amz-mqtt5-${name}`]: value } })
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')

it.each<[string, string, number, AskOptions?]>([
  ['a wildcard', '/topics/a/%23', 400],
  ['a raw +', '/topics/a/+', 400],
  ['a NUL', '/topics/a%00', 400],
  ['a topic that is not UTF-8', '/topics/%ff', 400],
  ['a topic of 257 bytes', `/topics/${'x'.repeat(257)}`, 400],
  ['a topic of 9 levels', '/topics/a/b/c/d/e/f/g/h/i', 400],
  ['QoS 2', '/topics/a?qos=2', 400],
  ['QoS -1', '/topics/a?qos=-1', 400],
  ['a QoS that is no number', '/topics/a?qos=high', 400],
  ['retain=yes', '/topics/a?retain=yes', 400],
  ['a response topic with a wildcard', '/topics/a?responseTopic=a%2F%23', 400],
  ['a negative expiry', '/topics/a?messageExpiry=-1', 400],
  ['an expiry that is no number', '/topics/a?messageExpiry=soon', 400],
  ['an unknown format indicator', '/topics/a', 400, mqtt5('payload-format-indicator', '1')],
  ['correlation data that is no base64', '/topics/a', 400, mqtt5('correlation-data', '*')],
  ['user properties that are no base64', '/topics/a', 400, mqtt5('user-properties', '*')],
  ['user properties that are no JSON', '/topics/a', 400, mqtt5('user-properties', 'AAAA')],
  ['user properties that are no list', '/topics/a', 400, mqtt5('user-properties', base64({ a: 'b' }))],
  ['user properties of texts', '/topics/a', 400, mqtt5('user-properties', base64(['a']))],
  ['user properties of numbers', '/topics/a', 400, mqtt5('user-properties', base64([{ a: 1 }]))],
  ['too many user properties', '/topics/a', 413, mqtt5('user-properties', base64([{ a: 'x'.repeat(8200) }]))],
  ['a content type of 257 bytes', `/topics/a?contentType=${'x'.repeat(257)}`, 413],
  ['a payload above 128 KiB', '/topics/a', 413, { body: Buffer.alloc(131_073) }],
  ['a payload of 3 MiB', '/topics/a', 413, { body: Buffer.alloc(3 * 1024 * 1024) }],
  ['an event of Muster', '/topics/$aws/events/certificates/registered/x', 403],
  ['the same, encoded', '/topics/%24aws%2Fevents%2Fpresence%2Fconnected%2Fx', 403],
  ['an unknown reserved topic', '/topics/$SYS/x', 403],
  ['a retained reserved topic', '/topics/$aws/rules/r/a?retain=true', 403],
  ['another method', '/topics/a', 405, { method: 'GET' }],
  ['an unknown method', '/topics/a', 405, { method: 'PATCH' }],
  ['a retained message by POST', '/retainedMessage/a', 405],
  ['no topic', '/topics/', 404],
  ['nothing', '/', 404, { method: 'GET' }],
  ['what is not there', '/nothing', 404],
  ['what the API offers to others', '/things/lamp/shadow', 404, { method: 'GET' }],
  ['a prototype', '/__proto__', 404],
])('refuses %s', async (_title, path, status, options) => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const answer = await ask(gateway, path, { ...options }).catch((cause: unknown) => {
    if (status === 413) return { status } // the server hung up on what is far too large
    throw cause
  })
  expect(answer.status).toBe(status)
  expect(heard).toEqual([])
  if (!('body' in answer)) return
  expect(answer.body).toMatchObject({ traceId: expect.stringMatching(uuid) as string })
  expect(answer.headers['x-amzn-errortype']).toMatch(/Exception$/)
  expect(gateway.entries.length).toBe(1)
  expect(await ask(gateway, '/topics/a')).toMatchObject({ status: 200 })
})

it('takes a payload of exactly 128 KiB', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const answer = await ask(gateway, '/topics/a', { body: Buffer.alloc(131_072, 1) })
  expect(answer.status).toBe(200)
  expect(heard[0]?.payload.length).toBe(131_072)
})

it('retains, shows, lists, and deletes messages', async () => {
  await using gateway = await startTestGateway({ retains: true })
  const get = (path: string) => ask(gateway, path, { method: 'GET' })
  expect(await get('/retainedMessage/a/b')).toMatchObject({ status: 404 })
  await ask(gateway, '/topics/a/b?retain=true&qos=1', {
    body: 'on',
    ...mqtt5('user-properties', base64([{ k: 'v' }])),
  })
  await ask(gateway, '/topics/c?retain=true', { body: 'off' })
  const found = await get('/retainedMessage/a%2Fb')
  expect(found).toMatchObject({ status: 200, body: { topic: 'a/b', qos: 1, payload: 'b24=' } })
  const { userProperties } = found.body as { userProperties: string }
  expect(Buffer.from(userProperties, 'base64').toString()).toBe('[{"k":"v"}]')
  const first = await get('/retainedMessage?maxResults=1')
  expect(first.body).toMatchObject({ retainedTopics: [{ topic: 'a/b', payloadSize: 2, qos: 1 }] })
  const { nextToken } = first.body as { nextToken: string }
  const second = await get(`/retainedMessage?maxResults=1&nextToken=${encodeURIComponent(nextToken)}`)
  expect(second.body).toMatchObject({ retainedTopics: [{ topic: 'c', qos: 0 }] })
  expect(second.body).not.toHaveProperty('nextToken')
  await ask(gateway, '/topics/a/b?retain=true')
  expect(await get('/retainedMessage/a/b')).toMatchObject({ status: 404 })
  expect(gateway.codes()).toEqual([])
})

it('judges the certificate once a connection, and each request by the policies of then', async () => {
  let admissions = 0
  await using gateway = await startTestGateway({ admit: async () => (admissions++, 'accept') })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  expect((await ask(gateway, '/topics/a', { agent })).status).toBe(200)
  gateway.policies.isAllowed = () => false
  expect((await ask(gateway, '/topics/a', { agent })).status).toBe(403)
  expect([admissions, gateway.policies.open]).toEqual([1, 1])
  agent.destroy()
})

it.each([
  ['REVOKED', 'certificate-revoked'],
  ['INACTIVE', 'certificate-inactive'],
  [undefined, 'certificate-inactive'],
] as const)('closes open connections of a certificate that becomes %s', async (status, code) => {
  await using gateway = await startTestGateway()
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from('POST /topics/a HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'))
  await wire.receive(12)
  const change = { accountId, kind: 'certificate', id: device.certificateId } as const
  await gateway.fabric.announce(change, { ...change, id: 'f'.repeat(64) })
  expect(gateway.codes()).toEqual([])
  gateway.certificateStatuses.set(device.certificateId, status)
  await gateway.fabric.announce(change)
  expect(gateway.codes()).toEqual([code])
  await wire.closed
  expect(gateway.policies.open).toBe(0)
})

it('closes a connection whose certificate is revoked while it is judged', async () => {
  let judge: (() => void) | undefined
  const judged = new Promise<void>((resolve) => (judge = resolve))
  const asked = Promise.withResolvers<undefined>()
  await using gateway = await startTestGateway({
    admit: async () => (asked.resolve(undefined), await judged, 'accept' as const),
  })
  const answer = ask(gateway, '/topics/a')
  await asked.promise
  gateway.certificateStatuses.set(device.certificateId, 'REVOKED')
  await gateway.fabric.announce({ accountId, kind: 'certificate', id: device.certificateId })
  judge?.()
  await expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect(gateway.codes()).toEqual(['certificate-revoked'])
  expect(gateway.policies.open).toBe(0)
})

it.each(['/topics/a', '/nothing', '/topics/%23'])(
  'gives a device that is not admitted an empty reply, whatever it asks for: %s',
  async (path) => {
    const requests: object[] = []
    await using gateway = await startTestGateway({
      admit: async (asked) => (requests.push(asked), 'close'),
    })
    const heard = watch(gateway)
    await expect(ask(gateway, path, { body: 'x'.repeat(200_000) })).rejects.toThrow(
      /socket hang up|ECONN|EPIPE/,
    )
    expect(requests).toMatchObject([
      { protocol: 'http', sourceIp: '127.0.0.1', certificate: { der: device.der } },
    ])
    expect(requests[0]).not.toHaveProperty('clientId')
    expect(heard).toEqual([])
  },
)

it.each(['expect: 100-continue', 'expect: nonsense', 'connection: keep-alive', 'upgrade: websocket'])(
  'sends a device that is not admitted no byte, also with "%s"',
  async (header) => {
    await using gateway = await startTestGateway({ admit: async () => 'close' })
    const wire = await dial(gateway.httpsPort)
    const head = `POST /topics/a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n${header}\r\n\r\n`
    wire.send(Buffer.from(head), Buffer.from('abc'), Buffer.from(head))
    expect((await wire.closed).length).toBe(0)
  },
)

it('lets an admitted device send the body it announced', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const wire = await dial(gateway.httpsPort)
  wire.send(
    Buffer.from('POST /topics/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n'),
  )
  expect((await wire.receive(25)).toString()).toMatch(/^HTTP\/1.1 100 Continue/)
  wire.send(Buffer.from('abc'))
  expect((await wire.receive(60)).toString()).toMatch(/HTTP\/1.1 200 OK/)
  expect(heard).toMatchObject([{ payload: Buffer.from('abc') }])
  wire.socket.destroy()
})

it('tells one who announces too much not to send it', async () => {
  await using gateway = await startTestGateway()
  const wire = await dial(gateway.httpsPort)
  wire.send(
    Buffer.from(
      'POST /topics/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 131073\r\n\r\n',
    ),
  )
  expect((await wire.closed).toString()).toMatch(/^HTTP\/1.1 413 /)
})

it('answers requests that come together in their order', async () => {
  await using gateway = await startTestGateway()
  const heard = watch(gateway)
  const wire = await dial(gateway.httpsPort)
  const post = (topic: string) => `POST /topics/${topic} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx`
  wire.send(
    Buffer.from(`${post('a')}${post('%23')}${post('b').replace('host: x', 'host: x\r\nconnection: close')}`),
  )
  const statuses = [...(await wire.closed).toString().matchAll(/HTTP\/1.1 (\d+)/g)].map(
    ([, status]) => status,
  )
  expect(statuses).toEqual(['200', '400', '200'])
  expect(heard.map(({ topic }) => topic)).toEqual(['a', 'b'])
})

it('tells a client without a certificate that it is forbidden', async () => {
  await using gateway = await startTestGateway({ admit: () => Promise.reject(new Error('not to be asked')) })
  expect(await ask(gateway, '/topics/a', { bare: true })).toMatchObject({
    status: 403,
    body: { message: 'Forbidden' },
  })
  expect(gateway.codes()).toEqual(['no-certificate'])
})

it.each([
  ['a head', 'POST /topics/a HTTP/1.1\r\n', { connectTimeoutMs: 30 }],
  ['a body', 'POST /topics/a HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc', { bodyTimeoutMs: 30 }],
  ['another request', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', { connectTimeoutMs: 30 }],
])('cuts off who takes too long over %s', async (_title, text, limits) => {
  await using gateway = await startTestGateway({ limits })
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from(text))
  await wire.closed
  expect(gateway.errors).toEqual([])
})

it.each([
  ['garbage', 'POST topics\r\n\r\n'],
  ['a head that is too large', `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
  ['more requests than wait in line', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(4)],
])('closes at %s', async (_title, text) => {
  await using gateway = await startTestGateway({ limits: { maxWaitingRequests: 3 } })
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from(text))
  await wire.closed
  expect((await ask(gateway, '/topics/a')).status).toBe(200)
})

it('logs what is our own fault and closes, without a word of it', async () => {
  await using gateway = await startTestGateway({ admit: () => Promise.reject(new Error('a bug')) })
  await expect(ask(gateway, '/topics/a')).rejects.toThrow(/socket hang up|ECONNRESET/)
  expect(gateway.errors.length).toBe(1)
})

it('ends idle connections when it stops', async () => {
  const gateway = await startTestGateway()
  const wire = await dial(gateway.httpsPort)
  wire.send(Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'))
  await wire.receive(12)
  const ended = once(wire.socket, 'end')
  await gateway[Symbol.asyncDispose]()
  expect(await ended).toEqual([])
})
