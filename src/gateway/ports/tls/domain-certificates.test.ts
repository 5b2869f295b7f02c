import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, type TestCertificate } from '../../../../test/helpers/certificates.ts'
import { openServerTls } from '../server-certificate.ts'
import { openDomainCertificates, type DomainCertificates } from './domain-certificates.ts'

const ca = makeCa({ subject: 'CN=Operator CA' })
const good = ca.issue({ subject: 'CN=x', dnsNames: ['iot.acme.example'] })

let directory: string
let clock: Date
let certificates: DomainCertificates
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-domains-'))
  clock = new Date()
  certificates = openDomainCertificates(directory, () => clock)
})
afterEach(() => rm(directory, { recursive: true }))

async function put(place: string, files: Record<string, string>): Promise<void> {
  const path = join(directory, 'domains', place)
  await mkdir(path, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
}

const pair = (certificate: TestCertificate) => ({
  'cert.pem': certificate.certificatePem,
  'key.pem': certificate.privateKeyPem,
})

describe('without files', () => {
  it('issues a certificate for the domain alone, from the root that devices trust already', async () => {
    const { rootCaPem } = await openServerTls({ directory, endpoint: 'localhost', now: clock })
    const { tls, fault } = await certificates.load('iot.acme.example')
    const certificate = new X509Certificate(tls!.cert)
    expect(certificate.subjectAltName).toBe('DNS:iot.acme.example')
    expect(certificate.verify(new X509Certificate(rootCaPem).publicKey)).toBe(true)
    expect(fault).toBeUndefined()
    expect((await stat(join(directory, 'issued', 'iot.acme.example.key'))).mode & 0o777).toBe(0o600)
  })

  it('keeps that until a month before it ends', async () => {
    const first = await certificates.load('iot.acme.example')
    expect(await certificates.load('iot.acme.example')).toEqual(first)
    clock = new Date(clock.getTime() + 340 * 86_400_000)
    expect((await certificates.load('iot.acme.example')).tls!.cert).not.toBe(first.tls!.cert)
  })

  it('says what keeps it from reading the files', async () => {
    await mkdir(join(directory, 'domains'), { recursive: true })
    await writeFile(join(directory, 'domains', 'iot.acme.example'), '')
    const { tls, fault } = await certificates.load('iot.acme.example')
    expect([tls, fault]).toEqual([undefined, 'domains/iot.acme.example cannot be read: ENOTDIR'])
  })

  it('issues certificates from one root, however many are asked for at once', async () => {
    const loaded = await Promise.all(
      ['a.acme.example', 'b.acme.example'].map((name) => certificates.load(name)),
    )
    const root = new X509Certificate(await readFile(join(directory, 'root-ca.pem'), 'utf8'))
    const isOfRoot = loaded.map(({ tls }) => new X509Certificate(tls!.cert).verify(root.publicKey))
    expect(isOfRoot).toEqual([true, true])
  })

  it('issues one for the longest name that there can be', async () => {
    const label = 'a'.repeat(63)
    const name = [label, label, label, 'b'.repeat(61)].join('.')
    expect(new X509Certificate((await certificates.load(name)).tls!.cert).checkHost(name)).toBe(name)
    expect(await certificates.fault(name)).toBeUndefined()
    expect(await certificates.load(name)).toEqual(await certificates.load(name))
  })
})

describe('with files of the operator', () => {
  it('takes them', async () => {
    await put('iot.acme.example', pair(good))
    expect(await certificates.load('iot.acme.example')).toEqual({
      tls: { cert: good.certificatePem, key: good.privateKeyPem },
    })
    expect(await certificates.fault('iot.acme.example')).toBeUndefined()
  })

  it('takes a wildcard certificate for domains one label below', async () => {
    const wildcard = ca.issue({ subject: 'CN=x', dnsNames: ['*.acme.example'] })
    await put('_wildcard.acme.example', pair(wildcard))
    for (const domain of ['iot.acme.example', 'eu.acme.example'])
      expect((await certificates.load(domain)).tls!.cert).toBe(wildcard.certificatePem)
    expect((await certificates.load('a.b.acme.example')).tls!.cert).not.toBe(wildcard.certificatePem)
  })

  it('takes the files of the domain itself before those of the wildcard', async () => {
    await put('_wildcard.acme.example', pair(ca.issue({ subject: 'CN=x', dnsNames: ['*.acme.example'] })))
    await put('iot.acme.example', pair(good))
    expect((await certificates.load('iot.acme.example')).tls!.cert).toBe(good.certificatePem)
  })

  it.each([
    [
      'a key of another certificate',
      { ...pair(good), 'key.pem': ca.privateKeyPem },
      /does not belong to the certificate/,
    ],
    [
      'a certificate without a key',
      { 'cert.pem': good.certificatePem },
      /must hold both cert\.pem and key\.pem/,
    ],
    [
      'a key without a certificate',
      { 'key.pem': good.privateKeyPem },
      /must hold both cert\.pem and key\.pem/,
    ],
    [
      'no certificate in cert.pem',
      { ...pair(good), 'cert.pem': 'hello' },
      /cert\.pem holds no certificate in PEM/,
    ],
    [
      'no key in key.pem',
      { ...pair(good), 'key.pem': good.certificatePem },
      /key\.pem holds no private key in PEM/,
    ],
  ])('cannot use %s, and says so', async (_what, files, message) => {
    await put('iot.acme.example', files)
    const loaded = await certificates.load('iot.acme.example')
    expect(loaded.tls).toBeUndefined()
    expect(loaded.fault).toMatch(message)
    expect(await certificates.fault('iot.acme.example')).toBe(loaded.fault)
    expect(loaded.fault).not.toMatch(/-----BEGIN/)
    expect(loaded.fault).not.toContain(directory) // callers of the API see it
  })

  const day = 86_400_000
  it.each([
    [
      'does not name the domain',
      { dnsNames: ['other.example'] },
      /does not name iot\.acme\.example, only DNS:other\.example/,
    ],
    ['names nothing', {}, /does not name iot\.acme\.example, only nothing/],
    [
      'is over',
      { dnsNames: ['iot.acme.example'], notBefore: new Date(0), notAfter: new Date(day) },
      /expired on Jan {2}2/,
    ],
    [
      'is not valid yet',
      { dnsNames: ['iot.acme.example'], notBefore: new Date(Date.now() + day) },
      /is not valid before/,
    ],
  ])('shows a certificate that %s, but says what is wrong', async (_what, options, message) => {
    const faulty = ca.issue({ subject: 'CN=x', ...options })
    await put('iot.acme.example', pair(faulty))
    const loaded = await certificates.load('iot.acme.example')
    expect(loaded.tls!.cert).toBe(faulty.certificatePem)
    expect(loaded.fault).toMatch(message)
  })
})
