import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { maxClientHelloBytes, readClientHello } from './client-hello.ts'

/** What a real client sends first. */
async function recordHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ host: '127.0.0.1', port, ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  let hello = Buffer.alloc(0)
  while (readClientHello(hello) === 'incomplete') {
    const [chunk] = await once(socket, 'data')
    hello = Buffer.concat([hello, chunk])
  }
  client.destroy()
  server.close()
  return hello
}

let named: Buffer
let nameless: Buffer
beforeAll(async () => {
  named = await recordHello({ servername: 'Iot.Example.com', ALPNProtocols: ['x-amzn-mqtt-ca'] })
  nameless = await recordHello({ maxVersion: 'TLSv1.2' })
})

/** The same message in records of `size` bytes. */
function split(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size)
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part)
  }
  return Buffer.concat(records)
}

it('finds the name, in lower case', () => {
  expect(readClientHello(named)).toEqual({ serverName: 'iot.example.com' })
})

it('finds none where the client sends none', () => {
  expect(readClientHello(nameless)).toEqual({ serverName: undefined })
})

it.each([1, 7, 300])('finds the name in records of %i bytes', (size) => {
  expect(readClientHello(split(named, size))).toEqual({ serverName: 'iot.example.com' })
})

it('waits at every byte before the last one', () => {
  const waits = Array.from(named.keys(), (length) => readClientHello(named.subarray(0, length)))
  expect(new Set(waits)).toEqual(new Set(['incomplete']))
})

it.each([
  ['HTTP without TLS', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['an MQTT CONNECT', Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0])],
  ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
  ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ['a ClientHello of nothing', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0])],
  [
    'a session id that is longer than the message',
    Buffer.from([22, 3, 1, 0, 40, 1, 0, 0, 36, ...Array(36).fill(200)]),
  ],
])('leaves %s to the TLS library', (_what, bytes) => {
  expect(readClientHello(bytes)).toEqual({ serverName: undefined })
})

it('does not wait for ever', () => {
  const endless = Buffer.concat([
    Buffer.from([22, 3, 1, 0xff, 0xff, 1, 0xff, 0xff, 0xff]),
    Buffer.alloc(maxClientHelloBytes),
  ])
  expect(readClientHello(endless)).toEqual({ serverName: undefined })
})

it('survives any change of the message', () => {
  const at = fc.nat({ max: named.length - 1 })
  const change = fc.record({ at, byte: fc.nat({ max: 255 }), length: at })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const bytes = Buffer.from(named)
      for (const { at: place, byte } of changes) bytes[place] = byte
      const read = readClientHello(bytes.subarray(0, changes[0]!.length))
      expect(read === 'incomplete' || 'serverName' in read).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
