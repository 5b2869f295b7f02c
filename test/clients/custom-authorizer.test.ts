/**
 * Clients of others that come by a custom authorizer: the builders of the AWS IoT Device SDK v2, mosquitto, curl, and
 * `aws iot test-invoke-authorizer`.
 */
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSigner } from '../../src/rights/authorizers/testing/test-keys.ts'
import { answerOf, createAuthorizer, createGate, naming } from '../helpers/authorizers.ts'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import type { DeviceOrder } from './aws-device-client.ts'
import { makeIdentity, type Identity } from './foreign-client.ts'
import { openLineClient } from './line-client.ts'

const run = promisify(execFile)
const signer = makeSigner()
const signing = { tokenKeyName: 'token', tokenSigningPublicKeys: { one: signer.publicKey } }
const signatureKey = 'x-amz-customauthorizer-signature'

let server: TestServer
let identity: Identity
let rootFile: string
beforeAll(async () => {
  server = await startTestServer({}, { maxConnectsPerSecondOfClientId: 0 })
  await createGate(server)
  await createAuthorizer(server, 'gate')
  await createAuthorizer(server, 'signed', signing)
  identity = await makeIdentity(server)
  rootFile = join(server.dataDir, 'trusted.pem')
  writeFileSync(rootFile, server.rootCa)
})
afterAll(() => server[Symbol.asyncDispose]())

type CustomAuth = NonNullable<DeviceOrder['customAuth']>
type Way = Pick<DeviceOrder, 'version' | 'transport'>

const open = ({ version, transport }: Way, customAuth: CustomAuth) =>
  openLineClient({
    command: process.execPath,
    args: [resolve('test/clients/aws-device-client.ts')],
    extra: () => ({
      version,
      transport,
      port: transport === 'mtls' ? server.endpoints.mqttPort : server.endpoints.httpsPort,
      region: server.endpoints.region,
      credentials: identity.credentials,
      customAuth,
    }),
  })({ server, identity, clientId: `sdk-${version}-${transport}`, filters: ['t/#'] })

const byPassword = (password: string): CustomAuth => ({ authorizerName: 'gate', username: 'ann', password })
const byToken = (tokenSignature: string): CustomAuth => ({
  authorizerName: 'signed',
  username: '',
  password: answerOf(),
  tokenKeyName: 'token',
  tokenValue: 'abc',
  tokenSignature,
})

describe.each<Way>([
  { version: 4, transport: 'mtls' },
  { version: 5, transport: 'mtls' },
  { version: 4, transport: 'websocket' },
  { version: 5, transport: 'websocket' },
])('the AWS IoT Device SDK v2, MQTT level $version, $transport', (way) => {
  it.each([
    ['user name and password', () => byPassword(answerOf())],
    ['a signed token', () => byToken(signer.sign('abc'))],
  ])('comes by %s, and hears what it publishes', async (_, customAuth) => {
    const client = await open(way, customAuth())
    await client.publish('t/a', 'hello', { qos: 1 })
    expect(await client.atLeast(1)).toEqual([{ topic: 't/a', payload: 'hello', retain: false }])
    await client.end()
  })

  it.each([
    ['a wrong password', () => byPassword('wrong'), 'authorizer-denied'],
    [
      'a token that somebody else signed',
      () => byToken(makeSigner().sign('abc')),
      'authorizer-signature-invalid',
    ],
    [
      'policies that let nobody connect',
      () => byPassword(answerOf({ policyDocuments: [] })),
      'connect-denied',
    ],
  ])('is refused with %s', async (_, customAuth, code) => {
    await expect(open(way, customAuth())).rejects.toThrow(/AWS_ERROR|CrtError|closed|socket/i)
    const { entries } = await server.report(`sdk-${way.version}-${way.transport}`)
    expect(entries.map((entry) => entry.code)).toContain(code)
  })
})

describe.skipIf(lacks('mosquitto_pub'))('mosquitto_pub', () => {
  const publish = (username: string, password: string, ...more: string[]) => {
    const { endpoint, mqttPort } = server.endpoints
    const where = ['-h', endpoint, '-p', String(mqttPort), '--cafile', rootFile, '-i', 'mosquitto']
    const message = ['-q', '1', '-t', 't/m', '-m', 'x', '-u', username, '-P', password]
    return run('mosquitto_pub', [...where, ...message, ...more], { timeout: 60_000 })
  }

  it.each(['mqttv311', 'mqttv5'])('comes by %s with the ALPN protocol', async (version) => {
    const alpn = ['--tls-alpn', 'mqtt', '-V', version]
    const token = { token: 'abc', [signatureKey]: signer.sign('abc') }
    await publish(naming('gate', {}, 'ann'), answerOf(), ...alpn)
    await publish(naming('signed', token), answerOf(), ...alpn)
    const { entries } = await server.report('mosquitto')
    const authorizers = entries
      .filter(({ code }) => code === 'connected')
      .map(({ details }) => details?.['authorizer'])
    expect(authorizers.slice(-2)).toEqual(['gate', 'signed'])
  })

  it.each([
    ['without the ALPN protocol', answerOf(), []],
    ['with a wrong password', 'wrong', ['--tls-alpn', 'mqtt']],
  ])('is refused %s', async (_, password, more) => {
    await expect(publish(naming('gate'), password, ...more, '--repeat', '1')).rejects.toThrow('mosquitto_pub')
  })
})

describe.skipIf(lacks('curl'))('curl', () => {
  const post = async (...headers: string[]) => {
    const { endpoint, httpsPort } = server.endpoints
    const options = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--cacert', rootFile, '-d', 'x']
    const shown = headers.flatMap((header) => ['-H', header])
    const { stdout } = await run('curl', [
      ...options,
      ...shown,
      `https://${endpoint}:${httpsPort}/topics/t/c?qos=1`,
    ])
    return stdout
  }
  const answer = `x-answer: ${Buffer.from(answerOf()).toString('base64')}`

  it('publishes with a signed token, and without one is forbidden', async () => {
    const named = 'x-amz-customauthorizer-name: signed'
    expect(await post(named, 'token: abc', `${signatureKey}: ${signer.sign('abc')}`, answer)).toBe('200')
    expect(await post(named, 'token: abc', `${signatureKey}: ${signer.sign('abd')}`, answer)).toBe('403')
    expect(await post(named, answer)).toBe('403')
    expect(await post(answer)).toBe('403')
  })
})

describe.skipIf(lacks('aws'))('aws iot test-invoke-authorizer', () => {
  const test = (...options: string[]) => {
    const { apiUrl, region } = server.endpoints
    const { accessKeyId, secretAccessKey } = server.rootKey
    return run('aws', ['--endpoint-url', apiUrl, 'iot', 'test-invoke-authorizer', ...options], {
      env: {
        ...process.env,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    })
  }
  const http = JSON.stringify({ headers: { 'x-answer': Buffer.from(answerOf()).toString('base64') } })
  const signed = ['--authorizer-name', 'signed', '--token', 'abc', '--http-context', http]

  it('tells what the function answers', async () => {
    const { stdout } = await test(...signed, '--token-signature', signer.sign('abc'))
    expect(JSON.parse(stdout)).toMatchObject({ isAuthenticated: true, principalId: 'ann' })
  })

  it('tells why it is not asked', async () => {
    await expect(test(...signed, '--token-signature', signer.sign('abd'))).rejects.toThrow(
      /InvalidRequestException[^]*authorizer-signature-invalid/,
    )
    await expect(test('--authorizer-name', 'none')).rejects.toThrow('ResourceNotFoundException')
  })
})
