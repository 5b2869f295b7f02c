import fc from 'fast-check'
import { generate, parser, type IConnectPacket, type Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { decodeConnect } from './decode-connect.ts'
import { FrameReader, type Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'

function frameOf(packet: Buffer): Frame {
  const reader = new FrameReader(1_000_000)
  reader.push(packet)
  const frame = reader.next()
  if (!frame) throw new Error('the packet is not whole')
  return frame
}

function connect(more: Partial<IConnectPacket> = {}): Buffer {
  const base = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 } as const
  return generate({ ...base, clientId: 'lamp-1', ...more })
}

function decodeOrFault(frame: Frame) {
  try {
    return decodeConnect(frame)
  } catch (cause) {
    if (cause instanceof PacketFault) return cause
    throw cause
  }
}

function changed(at: number, byte: number, packet = connect()): Buffer {
  packet[at] = byte
  return packet
}

describe('CONNECT', () => {
  it.each([
    ['with a client id', {}, { clientId: 'lamp-1', isClean: true, keepAliveSeconds: 60 }],
    ['without one', { clientId: '' }, { clientId: '', isClean: true, keepAliveSeconds: 60 }],
    [
      'that keeps its session',
      { clean: false },
      { clientId: 'lamp-1', isClean: false, keepAliveSeconds: 60 },
    ],
    [
      'with a user name and a password',
      {
        username: '?SDK=Python',
        password: Buffer.from([0, 255]),
        keepalive: 1200,
        clientId: 'l\uFEFFämp\uFFFD',
      },
      {
        clientId: 'l\uFEFFämp\uFFFD',
        isClean: true,
        keepAliveSeconds: 1200,
        username: '?SDK=Python',
        password: Buffer.from([0, 255]),
      },
    ],
    [
      'with a will',
      { will: { topic: 'a/b', payload: Buffer.from('bye'), qos: 2 as const, retain: true } },
      {
        clientId: 'lamp-1',
        isClean: true,
        keepAliveSeconds: 60,
        will: { topic: 'a/b', payload: Buffer.from('bye'), qos: 2, retain: true },
      },
    ],
  ])('%s is read', (_title, packet, read) => {
    expect(decodeConnect(frameOf(connect(packet)))).toEqual({
      type: 'connect',
      version: 4,
      properties: {},
      ...read,
    })
  })

  it('of MQTT 5 is read with the properties of client and will, in their order', () => {
    const will = Buffer.from(
      '18' + '00000005' + '26' + '0001' + '62' + '0001' + '31' + '26' + '0001' + '61' + '0001' + '32' + '26',
      'hex',
    )
    const willProperties = Buffer.concat([will, Buffer.from('0001' + '62' + '0001' + '33', 'hex')])
    const body = Buffer.concat([
      Buffer.from('00044d515454' + '05' + '06' + '003c' + '05' + '1100000009' + '000172', 'hex'),
      Buffer.from([willProperties.length]),
      willProperties,
      Buffer.from('0001' + '74' + '0001' + '70', 'hex'),
    ])
    expect(decodeConnect(frameOf(Buffer.concat([Buffer.from([0x10, body.length]), body])))).toMatchObject({
      version: 5,
      clientId: 'r',
      properties: { sessionExpiryInterval: 9 },
      will: {
        topic: 't',
        delaySeconds: 5,
        properties: {
          userProperties: [
            ['b', '1'],
            ['a', '2'],
            ['b', '3'],
          ],
        },
      },
    })
  })

  it.each([
    ['a reserved flag', changed(9, 0x03), 'malformed-packet'],
    ['flags in its header', changed(0, 0x11), 'malformed-packet'],
    ['another protocol name', changed(4, 0x6d), 'malformed-packet'],
    ['level 3', changed(8, 3), 'protocol-version-unsupported'],
    ['level 6', changed(8, 6), 'protocol-version-unsupported'],
    ['a zero in the client id', changed(15, 0), 'malformed-packet'],
    ['a client id that is not UTF-8', changed(15, 0xff), 'malformed-packet'],
    ['a client id that ends too late', changed(13, 0xff), 'malformed-packet'],
    ['a client id that ends too early', changed(13, 2), 'malformed-packet'],
    ['a user name that is missing', changed(9, 0x82), 'malformed-packet'],
    ['a password without a user name', changed(9, 0x42), 'malformed-packet'],
    ['a QoS for no will', changed(9, 0x0a), 'malformed-packet'],
    ['a retain flag for no will', changed(9, 0x22), 'malformed-packet'],
    ['a will of QoS 3', changed(9, 0x1e), 'malformed-packet'],
    ['a will that is missing', changed(9, 0x06), 'malformed-packet'],
  ])('is refused with %s', (_title, packet, reason) => {
    expect(() => decodeConnect(frameOf(packet))).toThrow(expect.objectContaining({ reason }))
  })

  it('is read as another parser reads it, whatever the bytes', () => {
    const bytes = connect({ username: 'name', will: { topic: 'a', payload: Buffer.from('b') } as never })
    const change = fc.tuple(fc.integer({ min: 2, max: bytes.length - 1 }), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const packet = Buffer.from(bytes)
        for (const [at, byte] of changes) packet[at] = byte
        const read = decodeOrFault(frameOf(packet))
        if (read instanceof PacketFault || read.version === 5) return
        const packets: Packet[] = []
        const reader = parser({ protocolVersion: 4 })
        reader.on('packet', (one) => packets.push(one))
        reader.parse(packet)
        expect(packets[0]).toMatchObject({
          clientId: read.clientId,
          clean: read.isClean,
          keepalive: read.keepAliveSeconds,
          ...(read.username !== undefined && { username: read.username }),
        })
      }),
      { numRuns: 1000 },
    )
  })
})
