/** Revocation lists of CAs as devices and operators see them: real lists by openssl, over real TLS, with the SDK. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signedRequest } from '../../src/cli/signed-request.ts'
import type { TestCertificate } from '../helpers/certificates.ts'
import { closed, connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'

let dataDir: string
let server: TestServer
let ca: RegisteredCa
let directory: string
let webServer: Server
let list: Buffer | undefined

beforeEach(async () => {
  dataDir = freshDirectory()
  server = await startTestServer({ dataDir, outboundAllow: 'loopback' })
  const roleArn = await createProvisioningRole(server)
  ca = await registerCa(server, { registrationConfig: { roleArn, templateBody: provisioningTemplate() } })
  directory = freshDirectory()
  setUpOpenssl()
  list = undefined
  webServer = createServer((_, response) => response.writeHead(list ? 200 : 503).end(list)).listen(
    0,
    '127.0.0.1',
  )
  await once(webServer, 'listening')
})
afterEach(async () => {
  webServer.close().closeAllConnections()
  await server[Symbol.asyncDispose]()
  for (const made of [dataDir, directory]) rmSync(made, { recursive: true })
})

function setUpOpenssl(): void {
  const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\n
    default_crl_days=7\npolicy=any\n[any]\ncommonName=supplied\n`
  const files = {
    'ca.cnf': config,
    'ca.pem': ca.certificatePem,
    'ca.key': ca.privateKeyPem,
    'index.txt': '',
    crlnumber: '01\n',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
}

function openssl(...more: string[]): void {
  const args = ['ca', '-config', 'ca.cnf', '-cert', 'ca.pem', '-keyfile', 'ca.key', ...more]
  execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
}

/** The CA's list once these devices, and those before, are revoked. */
function makeList(...devices: TestCertificate[]): Buffer {
  for (const { certificatePem } of devices) {
    writeFileSync(join(directory, 'device.pem'), certificatePem)
    openssl('-revoke', 'device.pem')
  }
  openssl('-gencrl', '-out', 'ca.crl')
  return readFileSync(join(directory, 'ca.crl'))
}

const arn = () => `arn:aws:iot:us-east-1:${server.endpoints.accountId}:cacert/${ca.caCertificateId}`

async function tag(tags: Record<string, string>): Promise<void> {
  const pairs = Object.entries(tags).map(([name, Value]) => ({ Key: `muster:${name}`, Value }))
  await server.iot.send(new TagResourceCommand({ resourceArn: arn(), tags: pairs }))
}

const url = () => `http://127.0.0.1:${(webServer.address() as AddressInfo).port}/ca.crl`
const makeDevice = (name: string) =>
  ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', name],
    ],
  })
const connect = (device: TestCertificate, clientId: string) => connectDevice(server, { ...device, clientId })
const lastCode = async ({ certificateId }: TestCertificate) =>
  (await server.report(certificateId)).entries.at(-1)?.code

/** One message; resolves with the connection, which stays open. */
async function publishOverHttps({ certificatePem, privateKeyPem }: TestCertificate): Promise<TLSSocket> {
  const { endpoint, httpsPort } = server.endpoints
  const socket = connectTls({
    host: '127.0.0.1',
    port: httpsPort,
    servername: endpoint,
    ca: server.rootCa,
    cert: certificatePem,
    key: privateKeyPem,
  })
  socket.on('error', () => {})
  socket.write(`POST /topics/foo/x?qos=1 HTTP/1.1\r\nhost: ${endpoint}\r\ncontent-length: 2\r\n\r\nhi`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /)
  return socket
}

async function states(): Promise<unknown> {
  const { endpoints, rootKey } = server
  const target = { apiUrl: endpoints.apiUrl, region: endpoints.region, ...rootKey }
  const path = '/muster/v1/revocation-lists'
  return signedRequest(target, { service: 'muster', method: 'GET', path })
}

describe('a device that its CA has revoked', () => {
  it('is not let in, whether it ever was or not, and others are', async () => {
    const [known, unknown, fine] = [makeDevice('known'), makeDevice('unknown'), makeDevice('fine')]
    const client = await connect(known, 'known')
    await client.endAsync()
    list = makeList(known, unknown)
    await tag({ crl: url() })
    await expect(connect(known, 'known')).rejects.toThrow('closed')
    await expect(connect(unknown, 'unknown')).rejects.toThrow('closed')
    expect(await Promise.all([lastCode(known), lastCode(unknown)])).toEqual([
      'revoked-by-crl',
      'revoked-by-crl',
    ])
    expect((await server.report(unknown.certificateId)).certificates).toEqual([])
    await (await connect(fine, 'fine')).endAsync()
  })

  it('loses the connection that it has', async () => {
    const [device, other] = [makeDevice('lost'), makeDevice('fine')]
    const [client, untouched] = [await connect(device, 'lost'), await connect(other, 'fine')]
    list = makeList(device)
    await tag({ crl: url() })
    await closed(client)
    expect(await lastCode(device)).toBe('revoked-by-crl')
    expect(untouched.connected).toBe(true)
    await untouched.endAsync()
  })

  it('loses its connection when it speaks HTTPS', async () => {
    const [device, other] = [makeDevice('lost'), makeDevice('fine')]
    const [socket, untouched] = [await publishOverHttps(device), await publishOverHttps(other)]
    const gone = once(socket, 'close')
    list = makeList(device)
    await tag({ crl: url() })
    await gone
    expect(await lastCode(device)).toBe('revoked-by-crl')
    expect(untouched.destroyed).toBe(false)
    untouched.destroy()
  })

  it('stays out after a restart, though the CA cannot be asked', async () => {
    const device = makeDevice('lost')
    list = makeList(device)
    await tag({ crl: url(), 'crl-policy': 'hard' })
    list = undefined
    await server[Symbol.asyncDispose]()
    server = await startTestServer({ dataDir, outboundAllow: 'loopback' })
    await expect(connect(device, 'lost')).rejects.toThrow('closed')
    expect(await lastCode(device)).toBe('revoked-by-crl')
    await (await connect(makeDevice('fine'), 'fine')).endAsync()
  })

  it('gets in again once the tag is taken away', async () => {
    const device = makeDevice('lost')
    list = makeList(device)
    await tag({ crl: url() })
    await expect(connect(device, 'lost')).rejects.toThrow('closed')
    await server.iot.send(new UntagResourceCommand({ resourceArn: arn(), tagKeys: ['muster:crl'] }))
    await (await connect(device, 'lost')).endAsync()
    expect(await states()).toEqual({ revocationLists: [] })
  })
})

it('keeps devices out without a list under the hard policy, and lets them in under the soft one', async () => {
  const device = makeDevice('lamp')
  await tag({ crl: url(), 'crl-policy': 'hard' })
  await expect(connect(device, 'lamp')).rejects.toThrow('closed')
  expect(await lastCode(device)).toBe('revocation-unknown')
  expect(await states()).toEqual({
    revocationLists: [
      expect.objectContaining({ state: 'missing', policy: 'hard', error: 'cannot be read: HTTP status 503' }),
    ],
  })
  await tag({ 'crl-policy': 'soft' })
  await (await connect(device, 'lamp')).endAsync()
})

it('reads a list from a file in the directory for them', async () => {
  const device = makeDevice('lost')
  mkdirSync(join(dataDir, 'crl'), { recursive: true })
  writeFileSync(join(dataDir, 'crl', 'lamps.crl'), makeList(device))
  await tag({ crl: 'lamps.crl' })
  await expect(connect(device, 'lost')).rejects.toThrow('closed')
  expect(await states()).toEqual({
    revocationLists: [
      expect.objectContaining({ source: 'lamps.crl', state: 'current', entries: 1, crlNumber: '1' }),
    ],
  })
})

it('refuses a tag that names a file outside of it', async () => {
  const refused = tag({ crl: '../muster.db' })
  await expect(refused).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await expect(refused).rejects.toThrow('muster:crl must be')
})
