import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import { decodePlainConnect } from './decode-plain-connect.ts'
import type { Frame } from './frames.ts'
import { parseWithLibrary } from './parse-with-library.ts'

/** With bytes around it, as frames lie in a buffer. */
function frameOf(packet: Buffer, before = 0): Frame {
  const buffer = Buffer.concat([Buffer.alloc(before, 0xff), packet, Buffer.alloc(300)])
  return { header: packet[0] ?? 0, buffer, start: before, bodyStart: before + 2, end: before + packet.length }
}

function connect(more: object = {}): Buffer {
  const base = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60 } as const
  return generate({ ...base, clientId: 'lamp-1', ...more })
}

function changed(at: number, byte: number, packet = connect()): Buffer {
  packet[at] = byte
  return packet
}

describe('the plain CONNECT', () => {
  it.each([
    ['with a client id', {}, { clientId: 'lamp-1', isClean: true, keepAliveSeconds: 60 }],
    ['without one', { clientId: '' }, { clientId: '', isClean: true, keepAliveSeconds: 60 }],
    [
      'that keeps its session',
      { clean: false },
      { clientId: 'lamp-1', isClean: false, keepAliveSeconds: 60 },
    ],
    [
      'with a user name',
      { username: '?SDK=Python', keepalive: 1200, clientId: 'lämp' },
      { clientId: 'lämp', isClean: true, keepAliveSeconds: 1200, username: '?SDK=Python' },
    ],
  ])('%s is read', (_title, packet, read) => {
    expect(decodePlainConnect(frameOf(connect(packet), 5))).toEqual({
      type: 'connect',
      version: 4,
      properties: {},
      ...read,
    })
  })

  it.each([
    ['MQTT 5', connect({ protocolVersion: 5 })],
    ['a will', connect({ will: { topic: 'a', payload: Buffer.from('b'), qos: 0, retain: false } })],
    ['a password', connect({ username: 'a', password: Buffer.from('b') })],
    ['a session to keep for no client id', changed(9, 0x00, connect({ clientId: '' }))],
    ['a reserved flag', changed(9, 0x03)],
    ['flags in its header', changed(0, 0x11)],
    ['another protocol name', changed(4, 0x6d)],
    ['a zero in the client id', changed(15, 0)],
    ['a client id that is not UTF-8', changed(15, 0xff)],
    ['a client id that ends too late', changed(13, 0xff)],
    ['a client id that ends too early', changed(13, 2)],
    ['a user name that is missing', changed(9, 0x82)],
    ['nothing behind its flags', connect().subarray(0, 10)],
    ['nothing at all', connect().subarray(0, 2)],
  ])('is left to the library with %s', (_title, packet) => {
    expect(decodePlainConnect(frameOf(packet))).toBeUndefined()
  })

  it('is read as the library reads it, whatever the bytes', () => {
    const bytes = connect({ username: 'name' })
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const packet = Buffer.from(bytes)
        for (const [at, byte] of changes) packet[at === 1 ? 0 : at] = byte
        const frame = frameOf(packet)
        const read = decodePlainConnect(frame)
        if (!read) return
        const expected = parseWithLibrary(frame, 4)
        expect(expected).toMatchObject({
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
