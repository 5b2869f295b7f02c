import { connect as connectTcp } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { toPair } from '../../../test/helpers/certificates.ts'
import type { Message } from '../../fabric/in-process/index.ts'
import { accountId, connectPacket, dial, device, packet, startTestGateway } from './testing/test-gateway.ts'
import type { TestGateway } from './testing/test-gateway.ts'

const withWill = {
  v3: connectPacket.v3('raw', 6, 'last/words', 'bye'),
  v5: connectPacket.v5('raw', 6, 0, 'last/words', 'bye'),
}

/** Every message published to the will's topic. */
function watchWills({ fabric }: TestGateway): Message[] {
  const wills: Message[] = []
  fabric.subscribe(accountId, 'last/words', (message) => wills.push(message))
  return wills
}

it('publishes the will when the connection is lost', async () => {
  await using gateway = await startTestGateway()
  const wills = watchWills(gateway)
  const wire = await gateway.dial()
  wire.send(withWill.v3)
  await wire.receive(4)
  wire.socket.destroy()
  await gateway.recorded('connection-lost')
  expect(wills).toMatchObject([{ topic: 'last/words', qos: 0, publisher: { clientId: 'raw' } }])
  expect(Buffer.from(wills[0]!.payload).toString()).toBe('bye')
})

it.each([
  ['drops it on DISCONNECT', withWill.v3, packet(0xe0), 0],
  ['drops it on DISCONNECT of MQTT 5', withWill.v5, packet(0xe0, 0), 0],
  ['publishes it on DISCONNECT with will', withWill.v5, packet(0xe0, 4), 1],
  ['publishes it when the client breaks the protocol', withWill.v3, packet(0x00), 1],
  ['publishes it when another connection takes over', withWill.v3, undefined, 1],
])('the will: %s', async (_what, connect, last, published) => {
  await using gateway = await startTestGateway()
  const wills = watchWills(gateway)
  const wire = await gateway.dial()
  wire.send(connect)
  await wire.receive(4)
  if (last) wire.send(last)
  else (await gateway.dial()).send(connectPacket.v3('raw'))
  await wire.closed
  expect(wills.length).toBe(published)
})

it.each(['v3', 'v5'] as const)(
  'ends a client that is silent for one and a half keep-alives (%s)',
  async (version) => {
    let time = 0
    await using gateway = await startTestGateway({ now: () => new Date(time) })
    const wills = watchWills(gateway)
    const wire = await gateway.dial()
    wire.send(withWill[version])
    await wire.receive(4)
    time += 90_000 // the keep-alive of 60 s leaves this much
    wire.send(packet(0xc0))
    await wire.receive(version === 'v3' ? 6 : 24)
    expect(gateway.codes()).toEqual(['connected'])
    time += 90_001
    const received = await wire.closed
    expect(gateway.codes()).toEqual(['connected', 'keep-alive-timeout'])
    expect(received.subarray(-3).toString('hex') === 'e0018d').toBe(version === 'v5')
    expect(wills.length).toBe(1)
  },
)

it('gives a keep-alive of 0 the longest there is, so that dead clients do go', async () => {
  let time = 0
  await using gateway = await startTestGateway({ now: () => new Date(time) })
  const wire = await gateway.dial()
  wire.send(packet(0x10, 'MQTT', 4, 2, 0, 0, 'raw'))
  await wire.receive(4)
  time += 1_800_001
  await wire.closed
  expect(gateway.codes()).toEqual(['connected', 'keep-alive-timeout'])
})

it.each([
  ['nothing at all', undefined],
  ['a CONNECT that does not end', connectPacket.v3().subarray(0, 9)],
])('closes a connection with %s after the connect timeout', async (_what, bytes) => {
  await using gateway = await startTestGateway({ limits: { connectTimeoutMs: 50 } })
  const wire = await gateway.dial()
  if (bytes) wire.send(bytes)
  expect((await wire.closed).length).toBe(0)
})

it('closes a connection that begins with neither MQTT nor HTTP', async () => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial()
  wire.send(0x00, 0x01, 0x02)
  expect((await wire.closed).length).toBe(0)
  expect(gateway.codes()).toEqual(['protocol-error'])
})

it('records a handshake that fails and ignores who only looks at the port', async () => {
  await using gateway = await startTestGateway({ limits: { handshakeTimeoutMs: 50 } })
  const scanner = connectTcp(gateway.port, '127.0.0.1')
  await once(scanner, 'connect')
  scanner.resetAndDestroy()
  const plain = connectTcp(gateway.port, '127.0.0.1')
  plain.resume()
  plain.write('GET / HTTP/1.1\r\n\r\n')
  await once(plain, 'close')
  const entry = await gateway.recorded('handshake-failed')
  expect(entry).toMatchObject({ sourceIp: '127.0.0.1', details: { error: 'ERR_SSL_HTTP_REQUEST' } })
  await expect(dial(gateway.port, { ALPNProtocols: ['nonsense'] })).rejects.toThrow(/no application protocol/)
  const silent = connectTcp(gateway.port, '127.0.0.1')
  silent.resume()
  await once(silent, 'close')
})

it.each([
  ['x-amzn-mqtt-ca', connectPacket.v3(), '20020000'],
  ['mqtt', connectPacket.v3(), '20020000'],
  ['http/1.1', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), Buffer.from('HTTP').toString('hex')],
  ['x-amzn-http-ca', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), Buffer.from('HTTP').toString('hex')],
])('agrees on %s by ALPN', async (protocol, bytes, answer) => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial({ ALPNProtocols: [protocol] })
  expect(wire.socket.alpnProtocol).toBe(protocol)
  wire.send(bytes)
  expect((await wire.receive(4)).subarray(0, 4).toString('hex')).toBe(answer)
  wire.socket.destroy()
})

it.each([
  ['REVOKED', 'certificate-revoked'],
  ['INACTIVE', 'certificate-inactive'],
  [undefined, 'certificate-deleted'],
] as const)('closes live connections of a certificate that becomes %s', async (status, code) => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial()
  wire.send(withWill.v5)
  await wire.receive(4)
  const change = { accountId, kind: 'certificate', id: device.certificateId } as const
  await gateway.fabric.announce(change)
  expect(gateway.codes()).toEqual(['connected'])
  gateway.certificateStatuses.set(device.certificateId, status)
  await gateway.fabric.announce({ ...change, id: 'f'.repeat(64) }, { ...change, accountId: '210987654321' })
  expect(gateway.codes()).toEqual(['connected'])
  const wills = watchWills(gateway)
  await gateway.fabric.announce(change)
  expect(gateway.codes()).toEqual(['connected', code]) // closed before the change is answered
  expect(wills.length).toBe(1)
  expect((await wire.closed).subarray(-3).toString('hex')).toBe('e00187')
})

it('refuses a certificate that is revoked between its admission and CONNACK', async () => {
  const { promise, resolve } = Promise.withResolvers<'accept'>()
  await using gateway = await startTestGateway({ admit: () => promise })
  const wire = await gateway.dial()
  wire.send(connectPacket.v3())
  while (gateway.gateway.stats().connections === 0) await new Promise(setImmediate)
  gateway.certificateStatuses.set(device.certificateId, 'REVOKED')
  await gateway.fabric.announce({ accountId, kind: 'certificate', id: device.certificateId })
  resolve('accept')
  expect((await wire.closed).length).toBe(0)
  expect(gateway.entries).toMatchObject([{ code: 'certificate-inactive', details: { status: 'REVOKED' } }])
})

it('tells clients that the server stops, and stops', async () => {
  const gateway = await startTestGateway()
  const wills = watchWills(gateway)
  const wire = await gateway.dial()
  wire.send(withWill.v5)
  await wire.receive(4)
  const idle = connectTcp(gateway.port, '127.0.0.1')
  await once(idle, 'connect')
  idle.on('error', () => {})
  await gateway[Symbol.asyncDispose]()
  expect((await wire.closed).subarray(-3).toString('hex')).toBe('e0018b')
  expect(gateway.codes()).toEqual(['connected', 'server-stopping'])
  expect(wills.length).toBe(1)
})

it('goes on when the certificate of the server is renewed', async () => {
  await using gateway = await startTestGateway()
  const older = await gateway.dial()
  older.send(connectPacket.v3('older'))
  await older.receive(4)
  gateway.gateway.reloadTls([toPair(device)])
  const newer = await gateway.dial({ rejectUnauthorized: false })
  expect(newer.socket.getPeerX509Certificate()?.raw).toEqual(device.der)
  older.send(packet(0xc0))
  expect((await older.receive(6)).subarray(4).toString('hex')).toBe('d000')
  older.socket.destroy()
  newer.socket.destroy()
})

it('closes one connection when a handler fails, and logs it', async () => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial()
  wire.send(connectPacket.v3())
  await wire.receive(4)
  gateway.policies.isAllowed = () => {
    throw new Error('a bug')
  }
  wire.send(packet(0x30, 'a'))
  await wire.closed
  expect(gateway.errors.length).toBe(1)
  const other = await gateway.connect({ clientId: 'other' }).catch(() => 'refused')
  expect(other).toBe('refused')
})

it('ends the connections of an account that was closed, and of no other', async () => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect()
  gateway.gateway.endAccount('999999999999')
  await client.publishAsync('still', 'here', { qos: 1 })
  gateway.gateway.endAccount(accountId)
  await gateway.recorded('account-closed')
  await expect.poll(() => client.connected).toBe(false)
})
