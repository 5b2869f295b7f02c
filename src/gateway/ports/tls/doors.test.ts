import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { answered, closing, dialTcp, domain, greet, openTestPorts } from '../testing/test-ports.ts'

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
const proxied = Buffer.from([
  ...signature,
  0x21,
  0x11,
  0,
  12,
  10,
  1,
  2,
  3,
  127,
  0,
  0,
  1,
  0xd4,
  0x31,
  0x22,
  0xb3,
])
const local = Buffer.from([...signature, 0x20, 0x00, 0, 0])
const fromHere = { proxyProtocolFrom: ['127.0.0.0/8'] }

describe('ALPN', () => {
  it.each(['x-amzn-mqtt-ca', 'mqtt', 'x-amzn-http-ca', 'http/1.1', 'http/1.0'])(
    'agrees on %s',
    async (protocol) => {
      await using ports = await openTestPorts()
      expect((await greet(ports.port, { ALPNProtocols: ['h2', protocol] })).alpnProtocol).toBe(protocol)
    },
  )

  it('is not needed', async () => {
    await using ports = await openTestPorts()
    expect((await greet(ports.port)).alpnProtocol).toBe(false)
  })

  it.each([[['h2']], [['x-amzn-mqtt']], [['MQTT']], [['http/0.9']]])(
    'refuses %j in the handshake',
    async (ALPNProtocols) => {
      await using ports = await openTestPorts()
      await expect(greet(ports.port, { ALPNProtocols })).rejects.toMatchObject({
        code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
      })
      expect(ports.entries).toMatchObject([
        { code: 'handshake-failed', details: { error: 'ERR_SSL_NO_APPLICATION_PROTOCOL' } },
      ])
    },
  )
})

describe('the PROXY protocol', () => {
  it.each([
    ['in one piece', [proxied]],
    ['byte by byte', [...proxied].map((byte) => Buffer.from([byte]))],
  ])('says who is behind a listed balancer, %s', async (_how, pieces) => {
    await using ports = await openTestPorts(fromHere)
    const socket = await dialTcp(ports.port)
    socket.setNoDelay(true)
    for (const piece of pieces) {
      socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await greet(ports.port, { socket })
    expect(ports.peers).toMatchObject([
      { sourceIp: '10.1.2.3', sourcePort: 54_321, domainName: 'endpoint.example' },
    ])
  })

  it('goes together with a server name', async () => {
    await using ports = await openTestPorts({ ...fromHere, domains: [domain()] })
    const socket = await dialTcp(ports.port)
    socket.write(proxied)
    await greet(ports.port, { socket, servername: 'iot.acme.example' })
    expect(ports.peers).toMatchObject([{ sourceIp: '10.1.2.3', domainName: 'iot.acme.example' }])
  })

  it('lets the balancer speak for itself', async () => {
    await using ports = await openTestPorts(fromHere)
    const socket = await dialTcp(ports.port)
    socket.write(local)
    await greet(ports.port, { socket })
    expect(ports.peers).toMatchObject([{ sourceIp: '127.0.0.1', sourcePort: socket.localPort }])
  })

  it.each([
    ['TLS without a header', Buffer.from([22, 3, 1, 2, 0]), 'no PROXY protocol header'],
    [
      'version 1',
      Buffer.from('PROXY TCP4 10.1.2.3 127.0.0.1 54321 8883\r\n'),
      'version 1 of the PROXY protocol',
    ],
  ])('from a listed balancer is needed: %s is refused', async (_what, bytes, error) => {
    await using ports = await openTestPorts(fromHere)
    const socket = await dialTcp(ports.port)
    socket.write(bytes)
    await closing(socket)
    expect(ports.entries).toMatchObject([
      { code: 'proxy-header-refused', sourceIp: '127.0.0.1', details: { error } },
    ])
  })

  it.each([
    ['stops in the middle', proxied.subarray(0, 20), 'an unfinished PROXY protocol header'],
    ['never sends anything', Buffer.alloc(0), undefined],
  ])('has a time: a balancer that %s is closed', async (_what, bytes, error) => {
    await using ports = await openTestPorts({ ...fromHere, limits: { handshakeTimeoutMs: 60 } })
    const socket = await dialTcp(ports.port)
    socket.write(bytes)
    await closing(socket)
    expect(ports.entries.map(({ details }) => details!['error'])).toEqual(error === undefined ? [] : [error])
  })

  it.each([
    ['when it is off', {}],
    ['from an address that is not listed', { proxyProtocolFrom: ['10.0.0.0/8', 'fd00::/8'] }],
  ])('is no TLS %s', async (_when, options) => {
    await using ports = await openTestPorts(options)
    const socket = await dialTcp(ports.port)
    socket.write(proxied)
    await expect(greet(ports.port, { socket })).rejects.toThrow(/disconnected|ECONNRESET/)
    expect(ports.codes()).toEqual(['handshake-failed'])
    await greet(ports.port) // plain TLS is served
    expect(ports.peers).toMatchObject([{ sourceIp: '127.0.0.1' }])
  })
})

/** Clients in a thread of their own, all at once: how many got an answer, and how many did not. */
const stormOf = `
const { parentPort, workerData: { port, count } } = require('node:worker_threads')
const { connect } = require('node:tls')
let answered = 0, failed = 0
for (let at = 0; at < count; at++) {
  let isDone = false
  const done = (got) => {
    if (isDone) return
    isDone = true
    got ? answered++ : failed++
    if (answered + failed === count) parentPort.postMessage({ answered, failed })
  }
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => socket.write('x'))
  socket.on('data', () => done(true))
  socket.on('error', () => done(false))
  socket.on('close', () => done(false))
}`

async function storm(port: number, count: number): Promise<{ answered: number; failed: number }> {
  const worker = new Worker(stormOf, { eval: true, workerData: { port, count } })
  const [outcome] = await once(worker, 'message')
  await worker.terminate()
  return outcome
}

async function stormed(handshakeTimeoutMs: number) {
  await using ports = await openTestPorts({
    limits: { handshakeTimeoutMs, maxFreshHandshakes: 16, freshHandshakeMs: 60_000 },
  })
  const outcome = await storm(ports.port, 400)
  expect(ports.entries).toEqual([])
  return outcome
}

describe('under load', () => {
  it('a storm of 400 handshakes is let in whole, each in a fraction of the time that all of them take', async () => {
    const calm = performance.now()
    expect(await stormed(60_000)).toEqual({ answered: 400, failed: 0 })
    expect(await stormed((performance.now() - calm) / 2)).toEqual({ answered: 400, failed: 0 })
  })

  it('whoever sends nothing holds nobody up for long, and may go on', async () => {
    await using ports = await openTestPorts({ limits: { maxFreshHandshakes: 4, freshHandshakeMs: 40 } })
    const silent = await Promise.all(Array.from({ length: 4 }, () => dialTcp(ports.port)))
    await greet(ports.port)
    for (const socket of silent) await greet(ports.port, { socket })
    expect(ports.entries).toEqual([])
  })

  it('whoever sends nothing makes room as soon as others wait', async () => {
    const limits = { maxHandshakes: 20, firstByteTimeoutMs: 50 }
    await using ports = await openTestPorts({ limits })
    const silent = await Promise.all(Array.from({ length: 20 }, () => dialTcp(ports.port)))
    const closed = silent.map((socket) => closing(socket))
    await greet(ports.port)
    await Promise.all(closed)
    expect(new Set(ports.codes())).toEqual(new Set(['handshake-failed']))
  })

  it('whoever sends nothing while nobody waits may take its time', async () => {
    await using ports = await openTestPorts({ limits: { firstByteTimeoutMs: 20 } })
    const slow = await dialTcp(ports.port)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await greet(ports.port, { socket: slow })
    expect(ports.entries).toEqual([])
  })

  it.each([
    ['by default', []],
    ['when server names matter', [domain()]],
  ])('a handshake that drips byte by byte has its time, and no more: %s', async (_when, domains) => {
    await using ports = await openTestPorts({ domains, limits: { handshakeTimeoutMs: 100 } })
    const socket = await dialTcp(ports.port)
    const record = Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc]), Buffer.alloc(500)])
    let at = 0
    const dripping = setInterval(() => socket.write(record.subarray(at, ++at)), 10)
    await closing(socket)
    clearInterval(dripping)
    expect(at).toBeLessThan(60)
    expect(ports.codes()).toEqual(['handshake-failed'])
  })

  it('more connections than a port may have are closed at once, and the journal is not flooded', async () => {
    await using ports = await openTestPorts({ limits: { maxConnections: 2 } })
    const open = [await greet(ports.port), await greet(ports.port)]
    const refused = await Promise.allSettled(Array.from({ length: 50 }, () => greet(ports.port)))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)
    expect(new Set(ports.codes())).toEqual(new Set(['connection-limit']))
    expect(ports.entries.length).toBeLessThan(45)
    for (const socket of open) await answered(socket)
    open[0]!.destroy()
    await greetSoon(ports.port)
  })

  it('when too many handshakes wait, the next connection is closed at once', async () => {
    const limits = { maxHandshakes: 1, maxWaitingHandshakes: 1, firstByteTimeoutMs: 5000 }
    await using ports = await openTestPorts({ limits })
    const first = await dialTcp(ports.port)
    await dialTcp(ports.port)
    const third = await dialTcp(ports.port)
    await closing(third)
    expect(ports.entries).toMatchObject([
      { code: 'connection-limit', details: { error: 'too many TLS handshakes wait' } },
    ])
    first.destroy()
  })

  it('stops although connections wait whose handshake never began', async () => {
    const ports = await openTestPorts({ limits: { maxHandshakes: 1 } })
    const waiting = [await dialTcp(ports.port), await dialTcp(ports.port), await dialTcp(ports.port)]
    const closed = waiting.map((socket) => closing(socket))
    await ports[Symbol.asyncDispose]()
    expect(await Promise.all(closed)).toHaveLength(3)
  })
})

/** A place becomes free a moment after its connection is closed. */
async function greetSoon(port: number): Promise<void> {
  while (!(await greet(port).catch(() => undefined))) await new Promise((resolve) => setImmediate(resolve))
}

it('says nothing of who only looks whether the port is open', async () => {
  await using ports = await openTestPorts()
  for (let times = 0; times < 3; times++) (await dialTcp(ports.port)).destroy()
  await greet(ports.port)
  expect(ports.entries).toEqual([])
})

it('names the far end of a handshake that fails', async () => {
  await using ports = await openTestPorts()
  const socket = await dialTcp(ports.port)
  socket.write('GET / HTTP/1.1\r\n\r\n')
  await closing(socket)
  expect(ports.entries).toMatchObject([
    { code: 'handshake-failed', sourceIp: '127.0.0.1', details: { error: 'ERR_SSL_HTTP_REQUEST' } },
  ])
})

it('ends a connection on which something else than TLS arrives, and says nothing', async () => {
  await using ports = await openTestPorts()
  const below = await dialTcp(ports.port)
  await greet(ports.port, { socket: below })
  below.write('GET / HTTP/1.1\r\n\r\n')
  await closing(below)
  expect(ports.entries).toEqual([])
})
