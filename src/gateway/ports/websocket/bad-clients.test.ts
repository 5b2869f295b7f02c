import { array, assert, asyncProperty, constantFrom, oneof, record, uint8Array } from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  accountId,
  connectPacket,
  packet,
  startTestGateway,
  type TestGateway,
} from '../testing/test-gateway.ts'
import {
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
