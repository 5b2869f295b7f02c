import { once } from 'node:events'
import { array, assert, asyncProperty, constantFrom, oneof, record, uint8Array } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../../fabric/in-process/index.ts'
import {
  accountId,
  connectPacket,
  packet,
  startTestGateway,
  type TestGateway,
} from '../testing/test-gateway.ts'
import {
  askUpgrade,
  connectOver,
  deviceIdentity,
  failOnErrors,
  nextMessage,
  noIdentity,
  openFrames,
  upgradeHead,
} from '../testing/test-websocket-client.ts'

let gateway: TestGateway
beforeEach(async () => {
  gateway = await startTestGateway({ limits: { maxPacketBytes: 20_000 } })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  failOnErrors(gateway)
})

const url = () => `wss://localhost:${gateway.httpsPort}/mqtt`
const publishPacket = (topic: string, payload: Uint8Array) => packet(0x30, topic, payload)

function hear(topic: string): Promise<Buffer> {
  return new Promise((resolve) => {
    gateway.fabric.subscribe(accountId, topic, ({ payload }) => resolve(Buffer.from(payload)))
  })
}

describe('a device with a certificate', () => {
  it.each([
    ['MQTT 3.1.1', 4, 'mqtt'],
    ['MQTT 5', 5, 'mqtt'],
    ['MQTT 5 on the port of HTTPS', 5, 'https'],
  ] as const)('publishes and subscribes by %s', async (_title, protocolVersion, door) => {
    const port = door === 'mqtt' ? gateway.port : gateway.httpsPort
    const options = { protocolVersion, ...deviceIdentity }
    const client = await connectOver(`wss://localhost:${port}/mqtt`, options)
    await client.subscribeAsync('a/b', { qos: 1 })
    const message = nextMessage(client)
    await client.publishAsync('a/b', Buffer.alloc(10_000, 'x'), { qos: 1 })
    const [topic, payload] = await message
    expect([topic, payload.length]).toEqual(['a/b', 10_000])
    await client.endAsync()
    const { details } = await gateway.recorded('connected')
    expect(details).toMatchObject({
      protocol: `MQTT ${protocolVersion === 5 ? '5' : '3.1.1'} over WebSocket`,
      tlsVersion: 'TLSv1.3',
    })
    await gateway.recorded('disconnected')
  })

  it.each([['http/1.1'], ['http/1.0'], ['x-amzn-http-ca'], [undefined]])(
    'gets in by ALPN %s',
    async (name) => {
      const alpn = name === undefined ? {} : { ALPNProtocols: [name] }
      const answer = await askUpgrade(gateway.port, upgradeHead(), { ...deviceIdentity, ...alpn })
      expect(answer).toMatchObject({
        status: 101,
        text: expect.stringContaining('Sec-WebSocket-Protocol: mqtt\n'),
      })
    },
  )

  it('is judged by admission with CONNECT, as on a plain connection', async () => {
    await using closed = await startTestGateway({ admit: async () => 'close' })
    const frames = await openFrames(`wss://localhost:${closed.port}/mqtt`)
    frames.send(connectPacket.v3())
    await frames.closed
    expect(closed.gateway.stats().clients).toBe(0)
  })

  it('may spread packets over frames and put several into one (MQTT5-6.0.0-2, MQTT3-6.0.0-2)', async () => {
    const heard = hear('a')
    const frames = await openFrames(url())
    const connect = connectPacket.v3()
    for (const byte of connect) frames.send(Buffer.from([byte]))
    await frames.receive(4)
    const publish = publishPacket('a', Buffer.from('whole'))
    const ping = Buffer.from([0xc0, 0])
    frames.send(Buffer.concat([ping, ping, publish.subarray(0, 3)]))
    frames.send(publish.subarray(3))
    await expect(heard).resolves.toEqual(Buffer.from('whole'))
    await expect(frames.receive(8)).resolves.toEqual(Buffer.from([0x20, 2, 0, 0, 0xd0, 0, 0xd0, 0]))
    frames.webSocket.close()
  })

  it('may send one message in fragments, with a ping between them', async () => {
    const frames = await openFrames(url())
    const connect = connectPacket.v5()
    const pong = once(frames.webSocket, 'pong')
    frames.webSocket.send(connect.subarray(0, 5), { fin: false })
    frames.webSocket.ping('hello')
    frames.webSocket.send(connect.subarray(5), { fin: true })
    await frames.receive(4)
    expect(String((await pong)[0])).toBe('hello')
    frames.webSocket.close()
  })
})

const will = (clientId: string) => connectPacket.v3(clientId, 0b110, 'will', 'gone')

describe('the will', () => {
  it('is not published after a close frame of the client', async () => {
    const wills: string[] = []
    gateway.fabric.subscribe(accountId, 'will', () => void wills.push('will'))
    const frames = await openFrames(url())
    frames.send(will('polite'))
    await frames.receive(4)
    frames.webSocket.close(1001)
    const entry = await gateway.recorded('disconnected')
    expect(entry).toMatchObject({ clientId: 'polite', details: { error: 'close frame' } })
    expect(wills).toEqual([])
  })

  it('is published after a close frame by the standard (MQTT-3.1.2-8)', async () => {
    await using standard = await startTestGateway({ profile: 'standard' })
    const published = new Promise<Message>((resolve) =>
      standard.fabric.subscribe(accountId, 'will', (message) => resolve(message)),
    )
    const frames = await openFrames(`wss://localhost:${standard.httpsPort}/mqtt`)
    frames.send(will('polite'))
    await frames.receive(4)
    frames.webSocket.close(1000)
    expect(Buffer.from((await published).payload).toString()).toBe('gone')
    expect(await standard.recorded('disconnected')).toMatchObject({ details: { error: 'close frame' } })
  })

  it.each([
    [
      'the connection breaks',
      'connection-lost',
      (frames: Awaited<ReturnType<typeof openFrames>>) => frames.webSocket.terminate(),
    ],
    [
      'a text frame came',
      'protocol-error',
      (frames: Awaited<ReturnType<typeof openFrames>>) => frames.send('text'),
    ],
  ] as const)('is published when %s', async (_title, code, act) => {
    const heard = hear('will')
    const frames = await openFrames(url())
    frames.send(will('rude'))
    await frames.receive(4)
    act(frames)
    await expect(heard).resolves.toEqual(Buffer.from('gone'))
    await gateway.recorded(code)
  })
})

describe('frames are refused', () => {
  it('as text, by close code 1003 (MQTT5-6.0.0-1, MQTT3-6.0.0-1)', async () => {
    const frames = await openFrames(url())
    frames.send('MQTT')
    await expect(frames.closed).resolves.toBe(1003)
    const { details } = await gateway.recorded('protocol-error')
    expect(details).toMatchObject({ error: expect.stringContaining('binary frames') })
  })

  it('above the size of a packet, by close code 1009', async () => {
    const frames = await openFrames(url())
    frames.send(connectPacket.v3())
    await frames.receive(4)
    frames.send(publishPacket('a', Buffer.alloc(15_000)))
    frames.send(Buffer.alloc(20_001))
    await expect(frames.closed).resolves.toBe(1009)
    await gateway.recorded('limit-exceeded')
  })

  it('above the size of a packet when it comes in fragments', async () => {
    const frames = await openFrames(url())
    frames.webSocket.send(Buffer.alloc(15_000), { fin: false })
    frames.webSocket.send(Buffer.alloc(15_000), { fin: true })
    await expect(frames.closed).resolves.toBe(1009)
  })

  it('without a mask', async () => {
    const wire = await gateway.dial()
    wire.send(Buffer.from([...upgradeHead(), '', ''].join('\r\n')))
    await wire.receive(20)
    wire.send(Buffer.from([0x82, 1, 0x10]))
    const bytes = await wire.closed
    expect([...bytes.subarray(-4, -2)]).toEqual([0x88, 2])
    expect(bytes.readUInt16BE(bytes.length - 2)).toBe(1002)
    await gateway.recorded('protocol-error')
  })

  it('that hold no MQTT', async () => {
    const frames = await openFrames(url())
    frames.send(publishPacket('a', Buffer.from('too early')))
    await frames.closed
    const { details } = await gateway.recorded('protocol-error')
    expect(details).toMatchObject({ packet: 'publish' })
  })
})

describe('a request for a WebSocket is refused', () => {
  it.each<[string, number, Record<string, string | undefined>, string?]>([
    ['at another path', 404, {}, '/mqtts'],
    ['at a path below', 404, {}, '/mqtt/'],
    ['at the root', 404, {}, '/'],
    ['without a subprotocol', 400, { 'Sec-WebSocket-Protocol': undefined }],
    ['of an unknown subprotocol', 400, { 'Sec-WebSocket-Protocol': 'amqp, wamp' }],
    ['of a malformed subprotocol', 400, { 'Sec-WebSocket-Protocol': 'mqtt,,mqtt' }],
    ['of an old version', 426, { 'Sec-WebSocket-Version': '8' }],
    ['without a version', 426, { 'Sec-WebSocket-Version': undefined }],
    ['without a key', 400, { 'Sec-WebSocket-Key': undefined }],
    ['with a short key', 400, { 'Sec-WebSocket-Key': 'dGhl' }],
  ])('%s', async (_title, status, change, target) => {
    const answer = await askUpgrade(gateway.port, upgradeHead(target, change))
    expect(answer.status).toBe(status)
  })

  it('with another method', async () => {
    const [, ...rest] = upgradeHead()
    const answer = await askUpgrade(gateway.port, ['POST /mqtt HTTP/1.1', 'Content-Length: 0', ...rest])
    expect(answer.status).toBe(405)
  })

  it('without certificate and signature', async () => {
    const answer = await askUpgrade(gateway.port, upgradeHead(), noIdentity)
    expect(answer).toMatchObject({
      status: 403,
      text: expect.stringMatching(
        /x-amzn-ErrorType: MissingAuthenticationTokenException\n[^]*"message":"the request/,
      ),
    })
    await gateway.recorded('no-certificate')
  })

  it('with a signature when nobody knows identities', async () => {
    const target = '/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA'
    expect((await askUpgrade(gateway.port, upgradeHead(target))).status).toBe(403)
    await gateway.recorded('signature-refused')
  })
})

it.each([
  ['a certificate', deviceIdentity],
  ['no certificate', noIdentity],
])('answers 426 to a plain GET with %s', async (_title, identity) => {
  const head = ['GET /mqtt HTTP/1.1', 'Host: localhost', 'Connection: close']
  const answer = await askUpgrade(gateway.port, head, identity)
  expect(answer).toMatchObject({ status: 426, text: expect.stringMatching(/^upgrade: websocket$/im) })
})

it('answers an upgrade to something else as if it had not been asked for', async () => {
  const head = ['GET /retainedMessage HTTP/1.1', 'Host: a', 'Connection: Upgrade, close', 'Upgrade: h2c']
  const answer = await askUpgrade(gateway.port, head)
  expect(answer.status).toBe(200)
})

describe('what comes behind a request for a WebSocket', () => {
  const publish = ['POST /topics/smuggled HTTP/1.1', 'Host: a', 'Content-Length: 1', '', 'x'].join('\r\n')
  const length = { 'Content-Length': `${publish.length}` }

  it.each([
    ['(without an upgrade it is one)', ['GET /retainedMessage HTTP/1.1', 'Host: a'], ['smuggled']],
    ['that is refused', upgradeHead('/nothing')],
    ['that is refused, as its body', upgradeHead('/nothing', length)],
    ['that is granted', upgradeHead()],
    ['that is granted, as its body', upgradeHead('/mqtt', length)],
    ['that is behind another request', ['GET /retainedMessage HTTP/1.1', 'Host: a', '', ...upgradeHead()]],
  ])('%s is no request', async (_title, head, expected: string[] = []) => {
    const heard: string[] = []
    gateway.fabric.subscribe(accountId, '#', ({ topic }) => void heard.push(topic))
    const wire = await gateway.dial()
    wire.send(Buffer.from([...head, '', publish].join('\r\n')))
    wire.socket.end()
    await wire.closed
    expect(heard).toEqual(expected)
  })
})

it('chooses the subprotocol of MQTT among others (MQTT5-6.0.0-4, MQTT3-6.0.0-4)', async () => {
  const offered = { 'Sec-WebSocket-Protocol': 'amqp, mqttv3.1, mqtt' }
  const answer = await askUpgrade(gateway.port, upgradeHead('/mqtt', offered))
  expect(answer).toMatchObject({
    status: 101,
    text: expect.stringContaining('Sec-WebSocket-Protocol: mqtt\n'),
  })
})

it('closes a WebSocket on which no CONNECT comes', async () => {
  await using quick = await startTestGateway({ limits: { connectTimeoutMs: 50 } })
  const frames = await openFrames(`wss://localhost:${quick.port}/mqtt`)
  await expect(frames.closed).resolves.toBe(1000)
  const { details } = await quick.recorded('protocol-error')
  expect(details).toMatchObject({ error: 'no CONNECT within 50 ms' })
})

it('closes a connection whose request head does not come', async () => {
  await using quick = await startTestGateway({ limits: { connectTimeoutMs: 50 } })
  const wire = await quick.dial()
  wire.send(Buffer.from('GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n'))
  expect(await wire.closed).toHaveLength(0)
})

it('drops QoS 0 for a client that does not read, and keeps serving the others', async () => {
  await using small = await startTestGateway({ limits: { maxOutboundBytes: 10_000 } })
  const target = `wss://localhost:${small.port}/mqtt`
  const slow = await openFrames(target)
  slow.send(connectPacket.v3('slow'))
  await slow.receive(4)
  slow.send(packet(0x82, 0, 1, 'a', 0))
  await slow.receive(9)
  slow.webSocket.pause()
  const client = await connectOver(target, { ...deviceIdentity, clientId: 'quick' })
  await client.subscribeAsync('done')
  const done = nextMessage(client)
  const payload = Buffer.alloc(100_000)
  const rounds = 300
  const publish = () => small.fabric.publish({ accountId, topic: 'a', payload, qos: 0, retain: false })
  for (let round = 0; round < rounds; round++) {
    void publish()
    await new Promise((resolve) => setImmediate(resolve))
  }
  void small.fabric.publish({ accountId, topic: 'done', payload: Buffer.alloc(1), qos: 0, retain: false })
  await done
  slow.webSocket.resume()
  slow.send(Buffer.from([0xc0, 0]))
  slow.send(Buffer.from([0xe0, 0]))
  await slow.closed
  const received = await slow.receive(9)
  expect(received.length).toBeLessThan((rounds * payload.length) / 2)
  expect(received.subarray(-2)).toEqual(Buffer.from([0xd0, 0]))
  await client.endAsync()
})

it('ends a client that sends pings and does not read the answers', async () => {
  const frames = await openFrames(url())
  frames.send(connectPacket.v3('pinger'))
  await frames.receive(4)
  frames.webSocket.pause()
  const timer = setInterval(() => {
    for (let count = 0; count < 2000; count++) frames.webSocket.ping(Buffer.alloc(125), true, () => {})
  }, 1)
  const { clientId } = await gateway.recorded('connection-lost')
  expect(clientId).toBe('pinger')
  clearInterval(timer)
  frames.webSocket.terminate()
})

it('says goodbye to MQTT 5 clients and closes when the server stops', async () => {
  const stopping = await startTestGateway()
  const frames = await openFrames(`wss://localhost:${stopping.port}/mqtt`)
  frames.send(connectPacket.v5('last'))
  await frames.receive(4)
  await stopping[Symbol.asyncDispose]()
  await expect(frames.closed).resolves.toBe(1000)
  const bytes = await frames.receive(8)
  expect(bytes.includes(Buffer.from([0xe0, 1, 0x8b])) || bytes.includes(Buffer.from([0xe0, 2, 0x8b]))).toBe(
    true,
  )
})

it('stops in peace though a client breaks off in the middle of a message', async () => {
  const stopping = await startTestGateway()
  const slow = await openFrames(`wss://localhost:${stopping.port}/mqtt`)
  slow.send(connectPacket.v3('slow'))
  await slow.receive(4)
  slow.send(packet(0x82, 0, 1, 'a', 0))
  await slow.receive(9)
  slow.webSocket.pause()
  for (let round = 0; round < 100; round++) {
    void stopping.fabric.publish({
      accountId,
      topic: 'a',
      payload: Buffer.alloc(100_000),
      qos: 0,
      retain: false,
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const stopped = stopping[Symbol.asyncDispose]()
  setTimeout(() => slow.webSocket.terminate(), 50)
  await expect(stopped).resolves.toBeUndefined()
})

it('outlives whatever bytes come in place of frames', async () => {
  const hello = Buffer.from([...upgradeHead(), '', ''].join('\r\n'))
  const frame = record({
    opcode: constantFrom(0, 1, 2, 8, 9, 10, 3, 15),
    body: uint8Array({ maxLength: 200 }),
  })
  const garbage = oneof(
    uint8Array({ minLength: 1, maxLength: 300 }),
    frame.map(({ opcode, body }) => {
      const length = body.length < 126 ? [body.length | 0x80] : [126 | 0x80, 0, body.length]
      return Buffer.concat([Buffer.from([opcode | 0x80, ...length, 0, 0, 0, 0]), body])
    }),
  )
  await assert(
    asyncProperty(array(garbage, { minLength: 1, maxLength: 5 }), async (chunks) => {
      const wire = await gateway.dial()
      wire.send(hello)
      await wire.receive(100)
      for (const chunk of chunks) wire.send(chunk)
      wire.socket.end()
      await wire.closed
    }),
    { numRuns: 150 },
  )
  const client = await connectOver(url(), deviceIdentity)
  await client.publishAsync('a', 'still here', { qos: 1 })
  await client.endAsync()
  expect(gateway.errors).toEqual([])
})
