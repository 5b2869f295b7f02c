import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { makeCa, toPair, type TestCertificate } from '../../../../test/helpers/certificates.ts'
import { answered, domain, greet, namesOf, openTestPorts } from '../testing/test-ports.ts'

const acme = { servername: 'iot.acme.example' }
const operatorCa = makeCa({ subject: 'CN=Operator CA' })

async function putFiles(
  directory: string,
  { certificatePem, privateKeyPem }: TestCertificate,
): Promise<void> {
  const place = join(directory, 'domains', 'iot.acme.example')
  await mkdir(place, { recursive: true })
  await writeFile(join(place, 'key.pem'), privateKeyPem)
  await writeFile(join(place, 'cert.pem'), certificatePem)
}

/** Waits for what a watch brings about. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('the server name that a client asks for', () => {
  it.each([
    ['of a configured domain', 'iot.acme.example', 'DNS:iot.acme.example', 'iot.acme.example'],
    ['of a configured domain, in capitals', 'IOT.Acme.Example', 'DNS:iot.acme.example', 'iot.acme.example'],
    ['that nobody configured', 'other.example', 'DNS:localhost, IP Address:127.0.0.1', 'endpoint.example'],
    [
      'below a configured domain',
      'a.iot.acme.example',
      'DNS:localhost, IP Address:127.0.0.1',
      'endpoint.example',
    ],
    ['that is empty', '', 'DNS:localhost, IP Address:127.0.0.1', 'endpoint.example'],
  ])('%s chooses the certificate and the domain', async (_what, servername, names, domainName) => {
    await using ports = await openTestPorts({ domains: [domain()] })
    expect(namesOf(await greet(ports.port, { servername }))).toBe(names)
    expect(ports.peers[0]!.domainName).toBe(domainName)
  })

  it('brings the demands of its domain along', async () => {
    const settings = { ...domain().settings, applicationProtocol: 'HTTPS' as const }
    await using ports = await openTestPorts({ domains: [domain({ settings })] })
    await greet(ports.port, acme)
    await greet(ports.port)
    expect(ports.peers.map((peer) => peer.domain?.applicationProtocol)).toEqual(['HTTPS', undefined])
  })

  it('of a DISABLED domain is refused in the handshake, with an entry of its own', async () => {
    await using ports = await openTestPorts({ domains: [domain({ status: 'DISABLED' })] })
    await expect(greet(ports.port, acme)).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
    })
    expect(ports.entries).toMatchObject([
      { code: 'domain-disabled', sourceIp: '127.0.0.1', details: { serverName: 'iot.acme.example' } },
    ])
  })

  it('of a domain whose files cannot be used is refused, with an entry of its own', async () => {
    await using ports = await openTestPorts()
    await putFiles(ports.directory, {
      ...operatorCa,
      privateKeyPem: makeCa().privateKeyPem,
    } as TestCertificate)
    await ports.setDomains([domain()])
    await expect(greet(ports.port, acme)).rejects.toThrow(/unrecognized/i)
    expect(ports.codes()).toEqual(['domain-unusable'])
  })
})

describe('a change of the configurations', () => {
  it('takes effect for new handshakes and leaves open connections alone', async () => {
    await using ports = await openTestPorts()
    expect(namesOf(await greet(ports.port, acme))).toContain('localhost')
    await ports.setDomains([domain()])
    const open = await greet(ports.port, acme)
    expect(namesOf(open)).toBe('DNS:iot.acme.example')
    await ports.setDomains([domain({ status: 'DISABLED' })])
    await expect(greet(ports.port, acme)).rejects.toThrow(/unrecognized/i)
    await answered(open)
    await ports.setDomains([])
    expect(namesOf(await greet(ports.port, acme))).toContain('localhost')
  })
})

describe('files of the operator', () => {
  const first = operatorCa.issue({ subject: 'CN=1', dnsNames: ['iot.acme.example', 'first.example'] })
  const second = operatorCa.issue({ subject: 'CN=2', dnsNames: ['iot.acme.example', 'second.example'] })

  it('are taken in soon after they are replaced, and open connections stay', async () => {
    await using ports = await openTestPorts({ domains: [domain()] })
    await putFiles(ports.directory, first)
    await until(async () => namesOf(await greet(ports.port, acme))?.includes('first.example') ?? false)
    const open = await greet(ports.port, acme)
    await putFiles(ports.directory, second)
    await until(async () => namesOf(await greet(ports.port, acme))?.includes('second.example') ?? false)
    await answered(open)
    expect(namesOf(open)).toContain('first.example')
  })

  it('that are replaced by broken ones leave the last good certificate', async () => {
    await using ports = await openTestPorts({ domains: [domain()] })
    await putFiles(ports.directory, first)
    await ports.reloadDomains()
    await putFiles(ports.directory, { ...second, privateKeyPem: first.privateKeyPem })
    await ports.reloadDomains()
    expect(namesOf(await greet(ports.port, acme))).toContain('first.example')
  })
})

describe('a second handshake on one connection of TLS 1.2', () => {
  it.each(['iot.acme.example', 'localhost'])('is refused on %s, at the first attempt', async (servername) => {
    await using ports = await openTestPorts({ domains: [domain()] })
    const socket = await greet(ports.port, { servername, maxVersion: 'TLSv1.2' })
    const failure = await new Promise((resolve) => {
      socket.on('error', resolve).renegotiate({ rejectUnauthorized: false }, resolve)
    })
    expect(failure).toMatchObject({ code: 'ERR_SSL_NO_RENEGOTIATION' })
    expect(ports.peers).toHaveLength(1)
  })
})

it('shows a renewed default certificate to new handshakes and leaves open connections alone', async () => {
  await using ports = await openTestPorts()
  const open = await greet(ports.port)
  const renewed = operatorCa.issue({ subject: 'CN=3', dnsNames: ['renewed.example'] })
  ports.ports.reload([toPair(renewed)])
  expect(namesOf(await greet(ports.port))).toBe('DNS:renewed.example')
  await answered(open)
  expect(namesOf(open)).toContain('localhost')
})

describe('the security policy of a domain', () => {
  const policies = [
    ['IoTSecurityPolicy_TLS13_1_3_2022_10', [], ['TLSv1.3']],
    ['IoTSecurityPolicy_TLS13_1_2_2022_10', ['TLSv1.2'], ['TLSv1.3']],
    ['IoTSecurityPolicy_TLS12_1_2_2022_10', ['TLSv1.2'], []],
    ['IoTSecurityPolicy_TLS12_1_0_2016_01', ['TLSv1.2'], []],
    ['IoTSecurityPolicy_TLS12_1_0_2015_01', ['TLSv1.2'], []],
  ] as const
  const versions = ['TLSv1.2', 'TLSv1.3'] as const

  it.each(
    policies.flatMap(([policy, ...taken]) =>
      versions.map((version, at) => [policy, version, taken[at]!.length > 0] as const),
    ),
  )('%s takes %s: %s', async (securityPolicy, version, isTaken) => {
    await using ports = await openTestPorts({
      domains: [domain({ settings: { ...domain().settings, securityPolicy } })],
    })
    const range = { minVersion: version, maxVersion: version }
    const outcome = greet(ports.port, { ...acme, ...range }).then(
      (socket) => socket.getProtocol(),
      ({ code }: NodeJS.ErrnoException) => code,
    )
    expect(await outcome).toBe(isTaken ? version : 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    await greet(ports.port, range) // the default endpoint takes both
  })

  const execute = promisify(execFile)
  /** What OpenSSL's own client agrees on with the server. */
  async function agree(port: number, ...options: string[]): Promise<string> {
    const target = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', 'iot.acme.example', '-brief']
    const running = execute('openssl', [...target, ...options])
    running.child.stdin?.end()
    return (await running).stderr
  }

  it.each([
    [['-tls1_3', '-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256'], 'TLS_CHACHA20_POLY1305_SHA256'],
    [['-tls1_3'], 'TLS_AES_128_GCM_SHA256'],
    [['-tls1_2'], 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA'], 'ECDHE-ECDSA-AES256-SHA'],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256'], 'ECDHE-ECDSA-AES128-SHA256'],
  ])('lets openssl s_client %j agree on %s by default', async (options, cipher) => {
    await using ports = await openTestPorts({ domains: [domain()] })
    expect(await agree(ports.port, ...options)).toContain(`Ciphersuite: ${cipher}\n`)
  })

  it.each([
    [['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305']],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-CCM']],
    [['-tls1_2', '-cipher', 'aNULL:@SECLEVEL=0']],
  ])('refuses openssl s_client %j by default', async (options) => {
    await using ports = await openTestPorts({ domains: [domain()] })
    await expect(agree(ports.port, ...options)).rejects.toThrow(/Command failed/)
    expect(ports.entries).toMatchObject([
      { code: 'handshake-failed', details: { serverName: 'iot.acme.example' } },
    ])
  })
})
