/** What the journal says of those who were turned away before they had a name. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { renderRefusals, type RefusalsReport } from '../../src/observability/journal/index.ts'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const port = () => server.endpoints.mqttPort

async function refusals(query = ''): Promise<RefusalsReport> {
  const { endpoints, rootKey } = server
  const target = { apiUrl: endpoints.apiUrl, region: endpoints.region, ...rootKey }
  const path = `/muster/v1/refusals${query}`
  return (await signedRequest(target, { service: 'muster', method: 'GET', path })) as RefusalsReport
}

/** Resolves when the connection is over, however it ended. */
async function shakeHands(options: ConnectionOptions): Promise<void> {
  const socket = connectTls({ port: port(), host: '127.0.0.1', rejectUnauthorized: false, ...options })
  socket.on('error', () => {}).resume()
  await once(socket, 'close').catch(() => {})
}

async function send(bytes: string | Buffer): Promise<void> {
  const socket = connectTcp(port(), '127.0.0.1')
  socket.on('error', () => {}).resume()
  await once(socket, 'connect')
  socket.write(bytes)
  await once(socket, 'close')
}

const trustsServer = () => ['-CAfile', server.endpoints.rootCaFile]

const connectWithOpenssl = (args: string[]) =>
  new Promise<void>((resolve) => {
    const connect = ['s_client', '-connect', `127.0.0.1:${port()}`, '-verify_return_error', ...args]
    execFile('openssl', connect, () => resolve()).stdin?.end()
  })

const oldTls = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' } as const
const oldCipher = { maxVersion: 'TLSv1.2', ciphers: 'CAMELLIA' } as const
const mqttConnect = Buffer.from('101000044d5154540402003c00046c616d70', 'hex')

describe('a handshake that fails is found by the address, with what to change:', () => {
  it.each<[string, () => Promise<void>, string, RegExp]>([
    ['plain HTTP', () => send('GET / HTTP/1.1\r\n\r\n'), 'HTTP_REQUEST', /not TLS/],
    ['plain MQTT', () => send(mqttConnect), 'WRONG_VERSION_NUMBER', /not TLS/],
    ['another protocol by ALPN', () => shakeHands({ ALPNProtocols: ['h2'] }), 'NO_APPLICATION', /by ALPN/],
    ['TLS 1.0', () => shakeHands(oldTls), 'UNSUPPORTED_PROTOCOL', /TLS 1\.2 or 1\.3/],
    ['no common cipher', () => shakeHands(oldCipher), 'NO_SHARED_CIPHER', /no cipher suite/],
  ])('%s', async (_what, attempt, error, advice) => {
    await attempt()
    await expectAdvice(error, advice)
  })

  it.skipIf(lacks('openssl')).each<[string, string[], string, RegExp]>([
    ['other roots are trusted', ['-tls1_3'], 'UNKNOWN_CA', /root file/],
    ['other roots are trusted, TLS 1.2', ['-tls1_2'], 'UNKNOWN_CA', /root file/],
  ])('%s', async (_what, args, error, advice) => {
    await connectWithOpenssl(args)
    await expectAdvice(error, advice)
  })

  it.skipIf(lacks('openssl')).each<[string, string[], string, RegExp]>([
    ['another name is looked for', ['-verify_hostname', 'lamps.example'], 'BAD_CERT', /another name/],
    ['a clock is years ahead', ['-attime', '4102444800'], 'CERTIFICATE_EXPIRED', /set its clock/],
    ['no common key exchange', ['-groups', 'ffdhe2048', '-tls1_3'], 'NO_SUITABLE_KEY_SHARE', /P-256/],
    ['no common signature', ['-sigalgs', 'ed25519'], 'NO_SUITABLE_SIGNATURE_ALGORITHM', /SHA-256/],
  ])('%s', async (_what, args, error, advice) => {
    await connectWithOpenssl([...trustsServer(), ...args])
    await expectAdvice(error, advice)
  })
})

/** The server may read the client's last word a moment after the client is gone. */
async function expectAdvice(error: string, advice: RegExp): Promise<void> {
  const newest = () => refusals('?address=127.0.0.1&limit=1')
  const errorOf = ({ entries }: RefusalsReport) => String(entries[0]?.details?.['error'])
  await expect.poll(async () => errorOf(await newest())).toContain(error)
  const report = await newest()
  expect(report.entries).toMatchObject([{ code: 'handshake-failed', sourceIp: '127.0.0.1' }])
  expect(renderRefusals(report)).toMatch(new RegExp(`What to change:[^]*${advice.source}`))
}

it('refusals of every address are listed, the newest of them, oldest first', async () => {
  await shakeHands({ ALPNProtocols: ['h2'] })
  await send('GET / HTTP/1.1\r\n\r\n')
  const { address, entries } = await refusals('?limit=2')
  expect(address).toBeUndefined()
  expect(entries.map(({ details }) => details?.['error'])).toEqual([
    'ERR_SSL_NO_APPLICATION_PROTOCOL',
    'ERR_SSL_HTTP_REQUEST',
  ])
})

it('nothing is refused from an address that nothing came from', async () => {
  const report = await refusals('?address=192.0.2.1')
  expect(report).toEqual({ address: '192.0.2.1', entries: [] })
  expect(renderRefusals(report)).toBe('Nothing was refused from 192.0.2.1.\n')
})

it.each([
  ['?address=lamp', /address must be an IPv4 or IPv6 address, got \\"lamp\\"/],
  ['?address=', /address must be/],
  ['?address=127.0.0.1&limit=0', /limit must be a whole number from 1 to 1000/],
  ['?limit=1001', /limit must be/],
])('the question %s is refused', async (query, message) => {
  await expect(refusals(query)).rejects.toThrow(message)
})
