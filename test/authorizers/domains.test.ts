/** Custom authorizers of domain configurations. Source: AWS IoT Developer Guide, "Custom authentication with X.509 client certificates". */
import { request } from 'node:https'
import {
  CreateDomainConfigurationCommand,
  CreateKeysAndCertificateCommand,
  UpdateCertificateCommand,
  type AuthorizerConfig,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  answerOf,
  createAuthorizer,
  createGate,
  gateFunction,
  login,
  naming,
  type Login,
} from '../helpers/authorizers.ts'
import { closed } from '../helpers/device.ts'
import { eventually, logOf } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

interface Identity {
  cert: string
  key: string
  certificateId: string
}

let server: TestServer
let device: Identity
let clientId: string
let count = 0
beforeAll(async () => {
  server = await startTestServer({}, { maxConnectsPerSecondOfClientId: 0 })
  await createGate(server)
  await createAuthorizer(server, 'gate')
  await createAuthorizer(server, 'door')
  device = await createIdentity()
  const config = { defaultAuthorizerName: 'gate' }
  await createDomain('custom', 'CUSTOM_AUTH', config)
  await createDomain('open', 'CUSTOM_AUTH', { ...config, allowAuthorizerOverride: true })
  await createDomain('both', 'CUSTOM_AUTH_X509', config)
  await createDomain('x509', 'AWS_X509', config)
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  clientId = `client-${++count}`
})

/** ACTIVE, and without any policy. */
async function createIdentity(): Promise<Identity> {
  const command = new CreateKeysAndCertificateCommand({ setAsActive: true })
  const { certificatePem, keyPair, certificateId } = await server.iot.send(command)
  return { cert: certificatePem!, key: keyPair!.PrivateKey!, certificateId: certificateId! }
}

const domainNameOf = (name: string) => `${name}.example.com`
const createDomain = (
  domainConfigurationName: string,
  authenticationType: 'CUSTOM_AUTH' | 'CUSTOM_AUTH_X509' | 'AWS_X509',
  authorizerConfig: AuthorizerConfig,
) =>
  server.iot.send(
    new CreateDomainConfigurationCommand({
      domainConfigurationName,
      domainName: domainNameOf(domainConfigurationName),
      authenticationType,
      authorizerConfig,
    }),
  )

/** Without ALPN, as a client of port 8883. */
function come(domain: string, { mqtt, ...more }: Login & { identity?: Identity } = {}) {
  const { identity, ...shown } = more
  const { cert, key } = identity ?? {}
  return login(server, {
    clientId,
    username: 'ann',
    password: answerOf(),
    ...shown,
    mqtt: {
      servername: domainNameOf(domain),
      rejectUnauthorized: false,
      ALPNProtocols: [],
      ...(cert !== undefined && key !== undefined && { cert, key }),
      ...mqtt,
    },
  })
}
const entries = async () => (await server.report(clientId)).entries
const refusedBy = async (domain: string, more: Login & { identity?: Identity } = {}) => {
  await expect(come(domain, more)).rejects.toThrow('closed')
  return (await entries()).at(-1)
}
const post = (domain: string, { cert, key }: Partial<Identity> = {}, headers: Record<string, string> = {}) =>
  new Promise<number>((resolve) => {
    const where = { host: '127.0.0.1', port: server.endpoints.httpsPort, servername: domainNameOf(domain) }
    const options = { ...where, rejectUnauthorized: false, method: 'POST', path: '/topics/a', headers }
    const asking = request({ ...options, ...(cert !== undefined && { cert, key }) }, (response) =>
      resolve(response.resume().statusCode!),
    )
    asking.on('error', () => resolve(0)).end('x')
  })
const shown = (answer = answerOf()) => ({ 'x-answer': Buffer.from(answer).toString('base64') })

describe('a domain with CUSTOM_AUTH', () => {
  it('has its own authorizer judge who names none, on any port', async () => {
    const client = await come('custom', { username: 'ann' })
    await client.endAsync()
    expect((await entries())[0]).toMatchObject({ code: 'connected', details: { authorizer: 'gate' } })
    expect(await post('custom', {}, shown())).toBe(200)
  })

  it('lets clients choose where it says so', async () => {
    const client = await come('open', { username: naming('door') })
    await client.endAsync()
    expect((await entries())[0]).toMatchObject({ code: 'connected', details: { authorizer: 'door' } })
  })

  it('refuses who names another one', async () => {
    expect(await refusedBy('custom', { username: naming('door') })).toMatchObject({
      code: 'authorizer-not-overridable',
      details: { authorizer: 'door' },
    })
  })

  it('refuses whom the authorizer refuses, whatever certificate is shown', async () => {
    const entry = await refusedBy('custom', { identity: device, password: 'x' })
    expect(entry).toMatchObject({ code: 'authorizer-denied' })
    expect(entry).not.toHaveProperty('certificateId')
    expect(await post('custom', device)).toBe(403)
  })

  it('counts a certificate for nothing', async () => {
    const client = await come('custom', { identity: device, username: 'ann' })
    await client.endAsync()
    expect((await entries())[0]).not.toHaveProperty('certificateId')
  })
})

describe('a domain with CUSTOM_AUTH_X509', () => {
  it('asks for both, and shows the certificate to the function', async () => {
    const client = await come('both', { identity: device })
    await client.publishAsync('a', 'x', { qos: 1 })
    await client.endAsync()
    expect((await entries())[0]).toMatchObject({
      code: 'connected',
      certificateId: device.certificateId,
      details: { authorizer: 'gate', principalId: 'ann' },
    })
    const event = await eventually(async () => {
      const log = await logOf(server, `/aws/lambda/${gateFunction}`)
      const line = log.split('\n').find((one) => one.includes(`"clientId":"${clientId}"`))
      return line === undefined ? undefined : (JSON.parse(line.slice(line.indexOf('EVENT ') + 6)) as object)
    })
    const tls = {
      serverName: domainNameOf('both'),
      principalId: device.certificateId,
      x509CertificatePem: expect.stringContaining('BEGIN CERTIFICATE') as string,
    }
    expect(event).toMatchObject({ protocolData: { tls } })
    expect(await post('both', device, shown())).toBe(200)
  })

  it('gives policies the values of the certificate', async () => {
    const Condition = { StringEquals: { 'iot:CertificateId': device.certificateId } }
    const statement = { Effect: 'Allow', Action: 'iot:Connect', Resource: '*', Condition }
    const client = await come('both', { identity: device, password: answerOf({}, statement) })
    await client.endAsync()
    expect((await entries())[0]).toMatchObject({ code: 'connected' })
  })

  it.each<[string, string, () => Login & { identity?: Identity }]>([
    ['without a certificate', 'no-certificate', () => ({})],
    ['whom the authorizer refuses', 'authorizer-denied', () => ({ identity: device, password: 'x' })],
    [
      'whom no policy of the authorizer lets connect',
      'connect-denied',
      () => ({ identity: device, password: answerOf({ policyDocuments: [] }) }),
    ],
  ])('refuses who comes %s', async (_, code, more) => {
    expect(await refusedBy('both', more())).toMatchObject({ code })
  })

  it('refuses a certificate that is INACTIVE, and asks no function about it', async () => {
    const { certificateId, ...identity } = await createIdentity()
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
    const entry = await refusedBy('both', { identity: { ...identity, certificateId } })
    expect(entry).toMatchObject({ code: 'certificate-inactive' })
    expect(await logOf(server, `/aws/lambda/${gateFunction}`)).not.toContain(`"${clientId}"`)
  })

  it('ends a connection whose certificate is revoked', async () => {
    const identity = await createIdentity()
    const client = await come('both', { identity })
    const ended = closed(client)
    const { certificateId } = identity
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }))
    await ended
    expect((await entries()).at(-1)).toMatchObject({ code: 'certificate-revoked' })
  })

  it('answers requests over HTTPS without both with 403', async () => {
    expect(await post('both', {}, shown())).toBe(403)
    expect(await post('both', device)).toBe(403)
  })
})

describe('a domain with AWS_X509', () => {
  it('asks no authorizer', async () => {
    await expect(come('x509', { username: naming('gate') })).rejects.toThrow('closed')
    expect(await post('x509', {}, { ...shown(), 'x-amz-customauthorizer-name': 'gate' })).toBe(0)
    expect(await logOf(server, `/aws/lambda/${gateFunction}`)).not.toContain(`"${clientId}"`)
  })
})
