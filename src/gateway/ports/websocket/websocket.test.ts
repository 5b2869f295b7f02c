import { once } from 'node:events'
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

it('chooses the subprotocol of MQTT among others (MQTT5-6.0.0-4, MQTT3-6.0.0-4)', async () => {
  const offered = { 'Sec-WebSocket-Protocol': 'amqp, mqttv3.1, mqtt' }
  const answer = await askUpgrade(gateway.port, upgradeHead('/mqtt', offered))
  expect(answer).toMatchObject({
    status: 101,
    text: expect.stringContaining('Sec-WebSocket-Protocol: mqtt\n'),
  })
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
