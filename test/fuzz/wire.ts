/** Garbage over real TLS: before and in the handshake, HTTP that is none, and MQTT packets that are spoilt. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { unlimitedRates } from './unlimited-rates.ts'
import {
  connectPacket,
  startTestGateway,
  type TestGateway,
} from '../../src/gateway/ports/testing/test-gateway.ts'
import { nextPacket, randomFrom, type Random } from './mutate.ts'
import { checkHeap, heapBytes, inMebibytes, within } from './report.ts'

const together = 16

function garbage(random: Random): Buffer {
  const bytes = Buffer.alloc(1 + random(400))
  for (let at = 0; at < bytes.length; at++) bytes[at] = random(256)
  return bytes
}

const requests = [
  'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
  'POST /topics/a?qos=1 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi',
  'POST /topics/a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  'GET /mqtt HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
]

function request(random: Random): Buffer {
  const bytes = Buffer.from(requests[random(requests.length)] ?? '')
  for (let changes = random(4); changes > 0; changes--) bytes[random(bytes.length)] = random(256)
  return bytes
}

/** Bytes where a handshake is awaited; some begin as one does. */
async function spoilHandshake(port: number, random: Random): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  const start = random(2) === 0 ? Buffer.from([0x16, 3, 1, random(2), random(256), 1]) : Buffer.alloc(0)
  socket.end(Buffer.concat([start, garbage(random)]))
  await once(socket, 'close')
}

async function spoilSession(gateway: TestGateway, random: Random): Promise<void> {
  const wire = await gateway.dial(random(2) === 0 ? {} : { ALPNProtocols: ['x-amzn-http-ca'] })
  const kind = random(3)
  if (kind === 0) wire.send(garbage(random))
  else if (kind === 1) wire.send(request(random), ...(random(2) === 0 ? [request(random)] : []))
  else {
    wire.send(random(2) === 0 ? connectPacket.v3(`w${random(50)}`) : connectPacket.v5(`w${random(50)}`))
    for (let count = random(6); count >= 0; count--) wire.send(nextPacket(random))
  }
  if (random(4) === 0) wire.socket.destroy()
  else wire.socket.end()
  await wire.closed
}

async function spoilMany(gateway: TestGateway, connections: number, random: Random): Promise<void> {
  for (let done = 0; done < connections; done += together) {
    const seeds = Array.from({ length: Math.min(together, connections - done) }, () => random(2 ** 31))
    const each = seeds.map(async (seed) => {
      const own = randomFrom(seed)
      if (own(3) === 0) return spoilHandshake(gateway.port, own)
      return spoilSession(gateway, own)
    })
    await within(30, `a connection among seeds ${seeds.join(' ')}`, Promise.all(each))
  }
}

async function settled(gateway: TestGateway): Promise<void> {
  while (gateway.gateway.stats().connections > 0) await setTimeout(20)
  await setImmediate()
}

/** Throws on anything that breaks; prints what was done. */
export async function fuzzWire(connections = 20_000, seed: number): Promise<void> {
  console.log(`wire: ${connections} connections, seed ${seed}`)
  await using gateway = await startTestGateway({ limits: unlimitedRates })
  const random = randomFrom(seed)
  const warmUp = Math.ceil(connections / 10)
  await spoilMany(gateway, warmUp, random)
  await within(30, 'closing', settled(gateway))
  gateway.entries.length = 0
  const before = heapBytes()
  const start = performance.now()
  await spoilMany(gateway, connections - warmUp, random)
  await within(30, 'closing', settled(gateway))
  const journalled = gateway.entries.length
  gateway.entries.length = 0
  const after = heapBytes()
  if (gateway.errors.length > 0) throw new Error(`the gateway logged errors: ${String(gateway.errors[0])}`)
  const client = await gateway.connect({ clientId: 'survivor' })
  await client.publishAsync('a', 'x', { qos: 1 })
  await client.endAsync()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${seconds} s, ${journalled} journal entries, 0 connections left, 0 errors`)
  console.log(`heap ${inMebibytes(before)} -> ${inMebibytes(after)}`)
  checkHeap(before, after)
}
