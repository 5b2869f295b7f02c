/** Clients of TLS 1.2 that say less of themselves than OpenSSL's: RFC 5246 7.4.1.4.1, "signature_algorithms" is optional. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCa, toPair } from '../../../../test/helpers/certificates.ts'
import { openServerTls, type LoadedServerTls } from '../server-certificate.ts'
import { greet, openTestPorts } from '../testing/test-ports.ts'

let directory: string
let tls: LoadedServerTls
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-old-clients-'))
  tls = await openServerTls({ directory, endpoint: 'localhost', now: new Date() })
})
afterAll(() => rm(directory, { recursive: true }))

const uint = (value: number, bytes: number) => {
  const written = Buffer.alloc(bytes)
  written.writeUIntBE(value, 0, bytes)
  return written
}
/** With its length in front, in so many bytes. */
const sized = (bytes: number, content: Buffer) => Buffer.concat([uint(content.length, bytes), content])
const numbers = (...values: number[]) => Buffer.concat(values.map((value) => uint(value, 2)))

const extension = (type: number, content: Buffer) => Buffer.concat([uint(type, 2), sized(2, content)])
const groups = extension(10, sized(2, numbers(23)))
const signatures = (...schemes: number[]) => extension(13, sized(2, numbers(...schemes)))
const rsaSha1 = 0x0201
const rsaSha256 = 0x0401

/** RFC 5246 7.4.1.2: the extensions as a whole may be left out. */
function clientHello(suite: number, extensions?: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    uint(0x0303, 2),
    randomBytes(32),
    sized(1, Buffer.alloc(0)),
    sized(2, numbers(suite)),
    sized(1, Buffer.of(0)),
    extensions ? sized(2, Buffer.concat(extensions)) : Buffer.alloc(0),
  ])
  const message = Buffer.concat([Buffer.of(1), sized(3, body)])
  return Buffer.concat([Buffer.of(22, 3, 1), sized(2, message)])
}

interface Flight {
  /** The suite that the server chose. */
  suite?: number
  /** What it signed its half of the key exchange with. */
  signature?: number
  /** Why it did not. */
  alert?: number
}

/** What comes until the server has done its half, or refuses. */
async function exchange(port: number, hello: Buffer): Promise<Flight> {
  const socket = connect(port, '127.0.0.1')
  socket.write(hello)
  let bytes = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    bytes = Buffer.concat([bytes, chunk])
    const flight = readFlight(bytes)
    if (!flight) continue
    socket.destroy()
    return flight
  }
}

function readFlight(bytes: Buffer): Flight | undefined {
  const records: Buffer[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    const content = bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3))
    if (bytes[at] === 21) return { alert: content[1]! }
    records.push(content)
  }
  const messages = Buffer.concat(records)
  const flight: Flight = {}
  for (let at = 0; at + 4 <= messages.length; at += 4 + messages.readUIntBE(at + 1, 3)) {
    const body = messages.subarray(at + 4, at + 4 + messages.readUIntBE(at + 1, 3))
    if (messages[at] === 2) flight.suite = body.readUInt16BE(35 + body[34]!)
    if (messages[at] === 12) flight.signature = body.readUInt16BE(4 + body[3]!) // behind the curve and the point
    if (messages[at] === 14 || flight.suite === 0x1301) return flight // the rest is encrypted then
  }
  return undefined
}

const rsaKeyExchange = [0x9c, 0x9d, 0x3c, 0x3d, 0x2f, 0x35]
const ecdheRsa = [0xc02f, 0xc030, 0xc027, 0xc028, 0xc013, 0xc014]
const hex = (suite: number) => `0x${suite.toString(16)}`

describe('a client of TLS 1.2 that does not say which signatures it takes', () => {
  it.each(rsaKeyExchange.map((suite) => [hex(suite), suite]))(
    'is served where nothing is signed: suite %s, with no extensions at all',
    async (_hex, suite) => {
      await using ports = await openTestPorts({ tls: tls.certificates })
      expect(await exchange(ports.port, clientHello(suite))).toEqual({ suite })
      expect(await exchange(ports.port, clientHello(suite, [groups]))).toEqual({ suite })
    },
  )

  it.each(ecdheRsa.map((suite) => [hex(suite), suite]))(
    'is served with what the standard says it takes: suite %s',
    async (_hex, suite) => {
      await using ports = await openTestPorts({ tls: tls.certificates })
      expect(await exchange(ports.port, clientHello(suite, [groups]))).toEqual({ suite, signature: rsaSha1 })
    },
  )
})

it('signs with SHA-256 for who takes both, whichever it names first', async () => {
  await using ports = await openTestPorts({ tls: tls.certificates })
  for (const schemes of [signatures(rsaSha1, rsaSha256), signatures(rsaSha256, rsaSha1)]) {
    const { signature } = await exchange(ports.port, clientHello(0xc02f, [groups, schemes]))
    expect(signature).toBe(rsaSha256)
  }
})

it.each([
  ['RSA', 'RSA-2048', 'AES128-GCM-SHA256'],
  ['RSA', 'RSA-2048', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['ECDSA', 'P-256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
] as const)(
  'a device that knows %s with SHA-1 alone proves its key of %s by %s',
  async (kind, keyType, suite) => {
    await using ports = await openTestPorts({ tls: tls.certificates })
    const leaf = makeCa().issue({ keyType })
    const old = { ciphers: `${suite}:@SECLEVEL=0`, sigalgs: `${kind}+SHA1`, maxVersion: 'TLSv1.2' } as const
    const socket = await greet(ports.port, { ...toPair(leaf), ...old })
    expect(ports.peers.map(({ certificateId }) => certificateId)).toEqual([leaf.certificateId])
    socket.destroy()
  },
)

it('refuses who speaks TLS 1.3 and knows SHA-1 alone', async () => {
  await using ports = await openTestPorts({ tls: tls.certificates })
  const versions = extension(43, sized(1, numbers(0x0304)))
  const share = extension(51, sized(2, Buffer.concat([numbers(29), sized(2, randomBytes(32))])))
  const hello = [extension(10, sized(2, numbers(29))), versions, share]
  expect(await exchange(ports.port, clientHello(0x1301, [...hello, signatures(rsaSha1)]))).toEqual({
    alert: 40,
  })
  const known = await exchange(ports.port, clientHello(0x1301, [...hello, signatures(0x0403)]))
  expect(known).toMatchObject({ suite: 0x1301 })
})
