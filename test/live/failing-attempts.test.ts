/** Whoever fails at a door, however often, leaves nothing behind but a few lines in the journal. */
import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls, createSecureContext, type ConnectionOptions } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectPacket, device, packet, serverRoot } from '../../src/gateway/ports/testing/test-gateway.ts'
import {
  allowAll,
  presign,
  startSignedGateway,
  type SignedGateway,
} from '../../src/gateway/ports/testing/test-signed-gateway.ts'
import { upgradeHead } from '../../src/gateway/ports/testing/test-websocket-client.ts'
import { openTestPorts } from '../../src/gateway/ports/testing/test-ports.ts'
import { startTestHttp, type TestHttp } from '../../src/api/http/testing/test-server.ts'

const attempts = 1000
const atOnce = 25

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let gateway: SignedGateway
let http: TestHttp
let behindBalancer: Awaited<ReturnType<typeof openTestPorts>>
let wrongUrl: URL
beforeAll(async () => {
  gateway = await startSignedGateway({ admit: async () => 'close' })
  http = await startTestHttp({ onUpgrade: gateway.gateway.upgrade })
  behindBalancer = await openTestPorts({ proxyProtocolFrom: ['127.0.0.1'] })
  const keys = await gateway.addUser('ann', allowAll)
  const wrong = { ...keys, secretAccessKey: 'wrong' }
  wrongUrl = new URL(await presign({ port: http.port, keys: wrong, at: gateway.clock.now }))
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await http[Symbol.asyncDispose]()
  await behindBalancer[Symbol.asyncDispose]()
})

const head = (lines: string[]) => Buffer.from([...lines, '', ''].join('\r\n'))
const target = () => `${wrongUrl.pathname}${wrongUrl.search}`

/** The beginning of a WebSocket's last frame, with two bytes of a code in it or more. */
const closeFrame = 0x88

/** Sends the bytes and waits until the other side closes. */
async function say(socket: Duplex, ...chunks: Uint8Array[]): Promise<void> {
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => chunk.includes(closeFrame) && socket.end())
  for (const chunk of chunks) socket.write(chunk)
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
}

const overTcp = (port: number, ...chunks: Uint8Array[]) => say(createConnection(port, '127.0.0.1'), ...chunks)

function overTls(options: ConnectionOptions, ...chunks: Uint8Array[]): Promise<void> {
  const to = { host: '127.0.0.1', servername: 'localhost', port: gateway.port, secureContext }
  return say(connectTls({ ...to, ...options }), ...chunks)
}

/** Read once, not for each of 10,000 connections. */
const secureContext = createSecureContext({ ca: serverRoot })
const withCertificate = {
  secureContext: createSecureContext({
    ca: serverRoot,
    cert: device.certificatePem,
    key: device.privateKeyPem,
  }),
}

/** Half a ClientHello, then gone. */
async function breakHandshake(): Promise<void> {
  const socket = createConnection(gateway.port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  socket.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), () => socket.destroy())
  await once(socket, 'close')
}

const doors: [string, () => Promise<void>][] = [
  ['no TLS at all', () => overTcp(gateway.port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))],
  ['half a handshake', breakHandshake],
  ['no PROXY header', () => overTcp(behindBalancer.port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))],
  ['neither MQTT nor HTTP', () => overTls(withCertificate, Buffer.from([0xff, 0]))],
  ['MQTT without a certificate', () => overTls({}, connectPacket.v5())],
  ['MQTT with a certificate that is not let in', () => overTls(withCertificate, connectPacket.v3())],
  ['MQTT that does not begin with CONNECT', () => overTls({ ALPNProtocols: ['mqtt'] }, packet(0xc0))],
  [
    'HTTPS without a certificate',
    () => overTls({}, head(['GET /topics/a HTTP/1.1', 'Host: a', 'Connection: close'])),
  ],
  [
    'HTTPS with a certificate that is not let in',
    () => overTls(withCertificate, head(['GET / HTTP/1.1', 'Host: a'])),
  ],
  ['HTTPS that is no HTTP', () => overTls({}, head(['GET GET GET']))],
  ['a WebSocket without a signature', () => overTls({}, head(upgradeHead()))],
  ['a WebSocket with a wrong signature', () => overTls({}, head(upgradeHead(target())))],
  [
    'a WebSocket that speaks no MQTT',
    () => overTls(withCertificate, head(upgradeHead()), Buffer.from([0x81, 0x80, 0, 0, 0, 0])),
  ],
  [
    'a WebSocket on the port of the API with a wrong signature',
    () => overTcp(http.port, head(upgradeHead(target()))),
  ],
  [
    'a call of the API without a signature',
    () => overTcp(http.port, head(['GET /things HTTP/1.1', 'Host: a', 'Connection: close'])),
  ],
]

async function attempt(times: number, fail: () => Promise<void>): Promise<void> {
  let left = times
  const fails = async () => {
    while (left-- > 0) await fail()
  }
  await Promise.all(Array.from({ length: atOnce }, fails))
}

/** What keeps the process busy. */
const handles = () =>
  process.getActiveResourcesInfo().filter((kind) => !/Immediate|TickObject/.test(kind)).length

async function heapAtRest(): Promise<number> {
  await wait(50) // what was closed is let go of
  collectGarbage()
  return process.memoryUsage().heapUsed
}

describe(`${attempts} attempts`, () => {
  it.each(doors)('of %s leave nothing behind', async (_title, fail) => {
    await attempt(attempts / 10, fail)
    const [before, heapBefore] = [handles(), await heapAtRest()]
    const entriesBefore = gateway.entries.length + behindBalancer.entries.length
    const startedAt = performance.now()
    await attempt(attempts, fail)
    const seconds = Math.ceil((performance.now() - startedAt) / 1000) + 1
    expect((await heapAtRest()) - heapBefore).toBeLessThan(attempts * 500)
    expect(handles()).toBeLessThanOrEqual(before)
    expect(gateway.gateway.stats()).toMatchObject({ connections: 0, clients: 0 })
    expect(gateway.policies.open).toBe(0)
    const entries = gateway.entries.length + behindBalancer.entries.length - entriesBefore
    expect(entries).toBeLessThanOrEqual(20 * seconds)
    expect(gateway.errors).toEqual([])
  })
})
