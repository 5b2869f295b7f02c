import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { toBytes } from './testing/raw-packets.ts'
import { connectPacket, device, packet, startTestGateway } from './testing/test-gateway.ts'

it.each([
  { protocolVersion: 4, name: 'MQTT 3.1.1' },
  { protocolVersion: 5, name: 'MQTT 5' },
] as const)('lets a device with a granted client id in over $name', async ({ protocolVersion, name }) => {
  await using gateway = await startTestGateway()
  const client = await gateway.connect({ protocolVersion })
  const entry = await gateway.recorded('connected')
  expect(entry).toMatchObject({
    certificateId: device.certificateId,
    clientId: 'lamp-1',
    thingName: 'lamp-thing',
    sourceIp: '127.0.0.1',
    details: { protocol: name, tlsVersion: 'TLSv1.3', serverName: 'localhost' },
  })
  await client.endAsync()
  await gateway.recorded('disconnected')
  expect(gateway.gateway.stats().clients).toBe(0)
  expect(gateway.policies.open).toBe(0)
})

it('speaks MQTT on the HTTPS port and TLS 1.2 too', async () => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial({ port: gateway.httpsPort, maxVersion: 'TLSv1.2' })
  wire.send(connectPacket.v3())
  expect(await wire.receive(4)).toEqual(Buffer.from([0x20, 2, 0, 0]))
  expect((await gateway.recorded('connected')).details).toMatchObject({ tlsVersion: 'TLSv1.2' })
  wire.socket.destroy()
})

it('hands admission the certificate of the handshake and the client id', async () => {
  const requests: object[] = []
  await using gateway = await startTestGateway({
    admit: async (request) => (requests.push(request), 'accept'),
  })
  const client = await gateway.connect()
  expect(requests).toMatchObject([
    {
      accountId: '123456789012',
      certificate: {
        certificateId: device.certificateId,
        der: device.der,
        x509: expect.any(X509Certificate),
      },
      clientId: 'lamp-1',
      sourceIp: '127.0.0.1',
      protocol: 'mqtt',
    },
  ])
  client.end()
})

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'resumes no session, so that each connection proves its key (%s)',
  async (maxVersion) => {
    const seen: Uint8Array[] = []
    await using gateway = await startTestGateway({
      admit: async ({ certificate }) => (seen.push(certificate.der), 'accept'),
    })
    const first = await gateway.dial({ maxVersion })
    let session = first.socket.getSession()
    first.socket.on('session', (given) => (session = given))
    first.send(connectPacket.v3('first'))
    await first.receive(4)
    const second = await gateway.dial({ maxVersion, session })
    expect(second.socket.isSessionReused()).toBe(false)
    second.send(connectPacket.v3('second'))
    await second.receive(4)
    expect(seen).toEqual([device.der, device.der])
    first.socket.destroy()
    second.socket.destroy()
  },
)

it('gives a client without an id one of its own', async () => {
  await using gateway = await startTestGateway()
  const v3 = await gateway.dial()
  v3.send(connectPacket.v3(''))
  await v3.receive(4)
  expect((await gateway.recorded('connected')).clientId).toMatch(/^\$GEN\/[0-9a-f-]{36}$/)
  const v5 = await gateway.dial()
  v5.send(connectPacket.v5(''))
  expect((await v5.receive(60)).toString('latin1')).toMatch(/\$GEN\/[0-9a-f-]{36}/)
  v3.socket.destroy()
  v5.socket.destroy()
})

/** The id that a CONNACK of MQTT 5 assigns. */
const assignedBy = (connack: Buffer) => /\$GEN\/[0-9a-f-]{36}/.exec(connack.toString('latin1'))![0]
/** CONNECT of MQTT 5 with an hour for the session. */
const keeping = (clientId: string, flags: number) =>
  packet(0x10, 'MQTT', 5, flags, 0, 60, 5, 0x11, 0, 0, 0x0e, 0x10, clientId)

it('lets a client come back to its session with the id that it was given, and nobody else with it', async () => {
  await using gateway = await startTestGateway()
  const first = await gateway.dial()
  first.send(keeping('', 2))
  const assigned = assignedBy(await first.receive(60))
  first.send(packet(0x82, 0, 1, 0, 'a', 1))
  first.send(packet(0xe0))
  await first.closed

  const { privateKeyPem: key, certificatePem: cert } = makeCa().issue({ subject: 'CN=other' })
  const stranger = await gateway.dial({ key, cert })
  stranger.send(keeping(assigned, 0))
  expect((await stranger.closed).toString('hex')).toBe('2003008500')

  const back = await gateway.dial()
  back.send(keeping(assigned, 0))
  expect((await back.receive(4)).subarray(2, 4)).toEqual(Buffer.from([1, 0])) // the session is present, success
  back.socket.destroy()
  expect(gateway.codes()).toContain('limit-exceeded')
})

it.each(['aws', 'standard'] as const)(
  'answers 2 to an MQTT 3.1.1 client without an id that wants its session kept: profile %s',
  async (profile) => {
    await using gateway = await startTestGateway({ profile })
    const wire = await gateway.dial()
    wire.send(connectPacket.v3('', 0))
    expect((await wire.closed).toString('hex')).toBe('20020002')
    expect(gateway.entries).toMatchObject([{ details: { error: 'a session to keep needs a client id' } }])
  },
)

it('tells MQTT 5 clients what is offered', async () => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial()
  wire.send(packet(0x10, 'MQTT', 5, 2, 0, 7, 5, 0x11, 0, 0, 0x1c, 0x20, 'raw'))
  const connack = await wire.receive(20)
  expect(connack.subarray(2, 4)).toEqual(Buffer.from([0, 0])) // no session, success
  const pairs = [
    [0x21, 0, 100], // receive maximum
    [0x24, 1], // maximum QoS
    [0x25, 1], // retained messages
    [0x27, 0, 2, 0x48, 0], // maximum packet size
    [0x29, 0], // no subscription identifiers
    [0x2a, 1], // shared subscriptions
    [0x13, 0, 30], // server keep alive
    [0x11, 0, 0, 0x0e, 0x10], // the session is kept for an hour at most
  ]
  for (const pair of pairs) expect(connack.includes(Buffer.from(pair))).toBe(true)
  wire.socket.destroy()
})

const longId = 'x'.repeat(129)

it.each([
  ['a certificate that is not admitted', connectPacket.v3(), '', undefined],
  ['a denied client id', connectPacket.v3('denied'), '', 'connect-denied'],
  ['a denied client id over MQTT 5', connectPacket.v5('denied'), '', 'connect-denied'],
  ['a denied will topic', connectPacket.v3('raw', 6, 'denied', 'bye'), '', 'will-denied'],
  [
    'a retained will that may not be retained',
    connectPacket.v3('raw', 0x26, 'no-retain', 'bye'),
    '',
    'will-denied',
  ],
  ['a will on a reserved topic', connectPacket.v3('raw', 6, '$aws/events/x', 'bye'), '', 'protocol-error'],
  [
    'the same over MQTT 5',
    connectPacket.v5('raw', 6, 0, '$aws/events/x', 'bye'),
    '2003009000',
    'protocol-error',
  ],
  ['a QoS 2 will', connectPacket.v3('raw', 0x16, 'a', 'bye'), '', 'protocol-error'],
  ['a QoS 2 will over MQTT 5', connectPacket.v5('raw', 0x16, 0, 'a', 'bye'), '2003009b00', 'protocol-error'],
  ['a client id of 129 bytes', connectPacket.v3(longId), '20020002', 'limit-exceeded'],
  ['a client id of 129 bytes over MQTT 5', connectPacket.v5(longId), '2003008500', 'limit-exceeded'],
  ['a client id that begins with $', connectPacket.v3('$GEN/x'), '20020002', 'limit-exceeded'],
  ['MQTT 3.1', packet(0x10, 'MQIsdp', 3, 2, 0, 60, 'raw'), '20020001', 'protocol-error'],
  ['MQTT 6', packet(0x10, 'MQTT', 6, 2, 0, 60, 0, 'raw'), '20020001', 'protocol-error'],
  ['another protocol name', packet(0x10, 'AMQP', 4, 2, 0, 60, 'raw'), '', 'protocol-error'],
  ['the reserved flag', connectPacket.v3('raw', 3), '', 'protocol-error'],
  ['a password without a user name', connectPacket.v3('raw', 0x42, 'secret'), '', 'protocol-error'],
  [
    'enhanced authentication',
    packet(0x10, 'MQTT', 5, 2, 0, 60, 4, 0x15, 'x', 'raw'),
    '2003008c00',
    'protocol-error',
  ],
  ['a receive maximum of 0', packet(0x10, 'MQTT', 5, 2, 0, 60, 3, 0x21, 0, 0, 'raw'), '', 'protocol-error'],
  [
    'a maximum packet size of 0',
    packet(0x10, 'MQTT', 5, 2, 0, 60, 5, 0x27, 0, 0, 0, 0, 'raw'),
    '',
    'protocol-error',
  ],
  [
    'a property twice',
    packet(0x10, 'MQTT', 5, 2, 0, 60, 6, 0x21, 0, 9, 0x21, 0, 9, 'raw'),
    '',
    'protocol-error',
  ],
  [
    'a client id that is not UTF-8',
    packet(0x10, 'MQTT', 4, 2, 0, 60, 0, 2, 0xc3, 0x28),
    '',
    'protocol-error',
  ],
  ['a cut-off CONNECT', packet(0x10, 'MQTT', 4, 2), '', 'protocol-error'],
])('refuses %s', async (_what, bytes, answer, code) => {
  await using gateway = await startTestGateway({
    admit: async () => (code ? 'accept' : 'close'),
    isAllowed: (action, resource) =>
      !resource.endsWith('denied') && !(action === 'iot:RetainPublish' && resource.endsWith('no-retain')),
  })
  const wire = await gateway.dial()
  wire.send(bytes)
  expect((await wire.closed).toString('hex')).toBe(answer)
  expect(gateway.codes()).toEqual(code ? [code] : []) // admission has recorded its own reason
  expect(gateway.policies.open).toBe(0)
  expect(gateway.errors).toEqual([])
})

it('explains a denied connect with the resource and what would grant it', async () => {
  await using gateway = await startTestGateway({ isAllowed: () => false })
  await expect(gateway.connect()).rejects.toThrow(/connect/)
  const { details } = await gateway.recorded('connect-denied')
  expect(details).toMatchObject({
    action: 'iot:Connect',
    resource: 'arn:aws:iot:us-east-1:123456789012:client/lamp-1',
  })
  expect(details?.['decision']).toContain('iot:Connect')
  expect(details?.['suggestion']).toContain('client/lamp-1')
})

it('asks for iot:Connect with the will and the wish for a persistent session', async () => {
  const asked: object[] = []
  await using gateway = await startTestGateway({
    isAllowed: (action, _resource, conditions) => (action === 'iot:Connect' && asked.push(conditions), true),
  })
  const wire = await gateway.dial()
  wire.send(connectPacket.v3('raw', 4, 'last/words', 'bye')) // clean session off
  await wire.receive(4)
  expect(asked).toEqual([
    {
      'iot:ConnectAttributes': ['PersistentConnect', 'LastWill'],
      'iot:LastWillTopic': 'arn:aws:iot:us-east-1:123456789012:topic/last/words',
    },
  ])
  wire.socket.destroy()
})

it('refuses a device without a certificate and says so in the journal', async () => {
  await using gateway = await startTestGateway()
  const wire = await gateway.dial({ cert: undefined, key: undefined })
  wire.send(connectPacket.v3('bare'))
  expect((await wire.closed).length).toBe(0)
  expect(gateway.entries).toMatchObject([{ code: 'no-certificate', clientId: 'bare' }])
})

it('keeps what a client sends before CONNACK until it is let in', async () => {
  const { promise, resolve } = Promise.withResolvers<'accept'>()
  await using gateway = await startTestGateway({ admit: () => promise })
  const wire = await gateway.dial()
  wire.send(connectPacket.v3(), 0xc0, 0)
  wire.send(0xc0, 0)
  resolve('accept')
  expect(await wire.receive(8)).toEqual(toBytes([0x20, 2, 0, 0, 0xd0, 0, 0xd0, 0]))
  wire.socket.destroy()
})

it('opens nothing for a client that left while it was judged', async () => {
  const { promise, resolve } = Promise.withResolvers<'accept'>()
  await using gateway = await startTestGateway({ admit: () => promise })
  const wire = await gateway.dial()
  wire.send(connectPacket.v3())
  wire.socket.end()
  await gateway.recorded('connection-lost')
  resolve('accept')
  await wire.closed
  expect(gateway.gateway.stats().clients).toBe(0)
  expect(gateway.codes()).toEqual(['connection-lost'])
})

it.each([4, 5] as const)('gives the client id to the newer connection (MQTT level %i)', async (level) => {
  await using gateway = await startTestGateway()
  const connect = level === 4 ? connectPacket.v3 : connectPacket.v5
  const older = await gateway.dial()
  older.send(connect('same'))
  await older.receive(4)
  const newer = await gateway.dial()
  newer.send(connect('same'))
  await newer.receive(4)
  const received = await older.closed
  expect(received.subarray(-3).toString('hex') === 'e0018e').toBe(level === 5)
  expect(gateway.codes()).toEqual(['connected', 'client-replaced', 'connected'])
  expect(gateway.gateway.stats().clients).toBe(1)
  newer.socket.destroy()
})
