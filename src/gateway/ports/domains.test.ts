import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, toPair } from '../../../test/helpers/certificates.ts'
import type { DomainConfiguration } from '../domain-configurations/index.ts'
import {
  connectPacket,
  device,
  serverRoot,
  startTestGateway,
  type TestGateway,
} from './testing/test-gateway.ts'
import { openDomainCertificates } from './tls/domain-certificates.ts'
import { domain } from './testing/test-ports.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-gateway-domains-'))
})
afterEach(() => rm(directory, { recursive: true }))

type Settings = Partial<DomainConfiguration['settings']>
const opened: (string | undefined)[] = []

function startWith(settings: Settings): Promise<TestGateway> {
  const configured = domain({ settings: { ...domain().settings, ...settings } })
  opened.length = 0
  return startTestGateway({
    onAuthorize: ({ domainName }) => void opened.push(domainName),
    domains: {
      list: () => [configured],
      onChanged: () => ({ [Symbol.dispose]: () => {} }),
      certificates: openDomainCertificates(directory, () => new Date()),
      defaultName: 'iot.muster.example',
    },
  })
}

const acme = { servername: 'iot.acme.example', rejectUnauthorized: false }

/** What a POST of the device is answered with; 0 when the connection is closed instead. */
function post(port: number): Promise<number> {
  return new Promise((resolve) => {
    const { certificatePem: cert, privateKeyPem: key } = device
    const asked = request({ port, ...acme, cert, key, method: 'POST', path: '/topics/a' }, (response) =>
      resolve(response.resume().statusCode ?? 0),
    )
    asked.on('error', () => resolve(0)).end('x')
  })
}

async function sayConnect(gateway: TestGateway): Promise<string> {
  const wire = await gateway.dial(acme)
  wire.send(connectPacket.v3())
  const first = await Promise.race([wire.receive(4), wire.closed])
  wire.socket.destroy()
  return first.length === 0 ? 'closed' : first.toString('hex')
}

describe('a domain by its configuration', () => {
  it.each([
    ['DEFAULT', 'DEFAULT', '20020000', 200],
    ['AWS_X509', 'DEFAULT', '20020000', 200],
    ['DEFAULT', 'SECURE_MQTT', '20020000', 0],
    ['DEFAULT', 'HTTPS', 'closed', 200],
    ['DEFAULT', 'MQTT_WSS', 'closed', 0],
    ['AWS_SIGV4', 'DEFAULT', 'closed', 0],
  ] as const)('with %s and %s answers CONNECT with %s and POST with %i', async (...row) => {
    const [authenticationType, applicationProtocol, connack, status] = row
    await using gateway = await startWith({ authenticationType, applicationProtocol })
    expect(await sayConnect(gateway)).toBe(connack)
    expect(await post(gateway.httpsPort)).toBe(status)
    const refused = Number(connack === 'closed') + Number(status === 0)
    expect(gateway.codes().filter((code) => code === 'domain-refused')).toHaveLength(refused)
    expect(opened).toEqual(Array(2 - refused).fill('iot.acme.example'))
  })

  it.each([
    ['CUSTOM_AUTH', 'DEFAULT', 403, ['no-certificate', 'no-certificate']],
    ['CUSTOM_AUTH', 'SECURE_MQTT', 0, ['no-certificate', 'domain-refused']],
    ['CUSTOM_AUTH_X509', 'DEFAULT', 403, ['no-certificate', 'no-certificate']],
    ['CUSTOM_AUTH_X509', 'HTTPS', 403, ['domain-refused', 'no-certificate']],
  ] as const)(
    'with %s and %s lets nobody in where nobody knows authorizers',
    async (authenticationType, applicationProtocol, status, codes) => {
      await using gateway = await startWith({ authenticationType, applicationProtocol })
      expect(await sayConnect(gateway)).toBe('closed')
      expect(await post(gateway.httpsPort)).toBe(status)
      expect(gateway.codes()).toEqual(codes)
    },
  )

  it('says nothing about clients that ask for another name', async () => {
    await using gateway = await startWith({ applicationProtocol: 'HTTPS' })
    const client = await gateway.connect()
    expect(opened).toEqual(['iot.muster.example'])
    client.end(true)
  })
})

it('MQTT clients stay connected when the server certificate is renewed', async () => {
  await using gateway = await startTestGateway()
  const client: MqttClient = await gateway.connect()
  const renewed = makeCa().issue({ subject: 'CN=renewed', dnsNames: ['renewed.example'] })
  gateway.gateway.reloadTls([toPair(renewed)])
  const wire = await gateway.dial({ rejectUnauthorized: false })
  expect(wire.socket.getPeerX509Certificate()?.subjectAltName).toBe('DNS:renewed.example')
  await expect(gateway.connect({ ca: serverRoot })).rejects.toThrow(/certificate/)
  await client.publishAsync('a', 'still here', { qos: 1 })
  expect(client.connected).toBe(true)
  client.end(true)
})
