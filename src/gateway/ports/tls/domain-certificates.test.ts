import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, toPair, type TestCertificate } from '../../../../test/helpers/certificates.ts'
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

const pair = (certificate: TestCertificate, which = '') => ({
  [`cert${which}.pem`]: certificate.certificatePem,
  [`key${which}.pem`]: certificate.privateKeyPem,
})

const isOf = (certificate: X509Certificate, root: X509Certificate) =>
  certificate.checkIssued(root) && certificate.verify(root.publicKey)

describe('without files', () => {
  it('issues a certificate for the domain alone, from the root that devices trust already', async () => {
    const { rootCaPem } = await openServerTls({ directory, endpoint: 'localhost', now: clock })
    const { tls, fault } = await certificates.load('iot.acme.example')
    const roots = rootCaPem.split(/(?=-----BEGIN)/).map((pem) => new X509Certificate(pem))
    const shown = tls!.map(({ cert }) => new X509Certificate(cert))
    expect(shown.map(({ subjectAltName }) => subjectAltName)).toEqual(Array(2).fill('DNS:iot.acme.example'))
    expect(
      shown.map(({ publicKey }, at) => [publicKey.asymmetricKeyType, isOf(shown[at]!, roots[at]!)]),
    ).toEqual([
      ['ec', true],
      ['rsa', true],
    ])
    expect(fault).toBeUndefined()
    for (const key of ['iot.acme.example.key', 'iot.acme.example_rsa.key'])
      expect((await stat(join(directory, 'issued', key))).mode & 0o777).toBe(0o600)
  })

  it('keeps that until a month before it ends', async () => {
    const first = await certificates.load('iot.acme.example')
    expect(await certificates.load('iot.acme.example')).toEqual(first)
    clock = new Date(clock.getTime() + 340 * 86_400_000)
    expect((await certificates.load('iot.acme.example')).tls![0]!.cert).not.toBe(first.tls![0]!.cert)
  })

  it('says what keeps it from reading the files', async () => {
    await mkdir(join(directory, 'domains'), { recursive: true })
    await writeFile(join(directory, 'domains', 'iot.acme.example'), '')
    const { tls, fault } = await certificates.load('iot.acme.example')
    expect([tls, fault]).toEqual([undefined, 'domains/iot.acme.example cannot be read: ENOTDIR'])
  })

  it('issues certificates from one pair of roots, however many are asked for at once', async () => {
    const loaded = await Promise.all(
      ['a.acme.example', 'b.acme.example'].map((name) => certificates.load(name)),
    )
    for (const [at, name] of ['root-ca.pem', 'root-ca_rsa.pem'].entries()) {
      const root = new X509Certificate(await readFile(join(directory, name), 'utf8'))
      expect(loaded.map(({ tls }) => isOf(new X509Certificate(tls![at]!.cert), root))).toEqual([true, true])
    }
  })

  it('issues one for the longest name that there can be', async () => {
    const label = 'a'.repeat(63)
    const name = [label, label, label, 'b'.repeat(61)].join('.')
    expect(new X509Certificate((await certificates.load(name)).tls![0]!.cert).checkHost(name)).toBe(name)
    expect(await certificates.fault(name)).toBeUndefined()
    expect(await certificates.load(name)).toEqual(await certificates.load(name))
  })
})

describe('with files of the operator', () => {
  it('takes them', async () => {
    await put('iot.acme.example', pair(good))
    expect(await certificates.load('iot.acme.example')).toEqual({
      tls: [toPair(good)],
    })
    expect(await certificates.fault('iot.acme.example')).toBeUndefined()
  })

  it('takes a second pair of another kind of key', async () => {
    const second = ca.issue({ subject: 'CN=x', dnsNames: ['iot.acme.example'], keyType: 'RSA-2048' })
    await put('iot.acme.example', { ...pair(good), ...pair(second, '-2') })
    expect(await certificates.load('iot.acme.example')).toEqual({ tls: [toPair(good), toPair(second)] })
    const names = certificates.files('iot.acme.example').map((file) => file.slice(directory.length))
    expect(names).toContain('/domains/iot.acme.example/key-2.pem') // so that a new one is seen
  })

  it('takes a wildcard certificate for domains one label below', async () => {
    const wildcard = ca.issue({ subject: 'CN=x', dnsNames: ['*.acme.example'] })
    await put('_wildcard.acme.example', pair(wildcard))
    for (const domain of ['iot.acme.example', 'eu.acme.example'])
      expect((await certificates.load(domain)).tls![0]!.cert).toBe(wildcard.certificatePem)
    expect((await certificates.load('a.b.acme.example')).tls![0]!.cert).not.toBe(wildcard.certificatePem)
  })

  it('takes the files of the domain itself before those of the wildcard', async () => {
    await put('_wildcard.acme.example', pair(ca.issue({ subject: 'CN=x', dnsNames: ['*.acme.example'] })))
    await put('iot.acme.example', pair(good))
    expect((await certificates.load('iot.acme.example')).tls![0]!.cert).toBe(good.certificatePem)
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
      /cert\.pem and .*key\.pem must both be there/,
    ],
    [
      'a key without a certificate',
      { 'key.pem': good.privateKeyPem },
      /cert\.pem and .*key\.pem must both be there/,
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
    [
      'a second key without a certificate',
      { ...pair(good), 'key-2.pem': good.privateKeyPem },
      /cert-2\.pem and .*key-2\.pem must both be there/,
    ],
    [
      'a second pair of the same kind',
      { ...pair(good), ...pair(good, '-2') },
      /both certificates in domains\/iot\.acme\.example have keys of the kind ec/,
    ],
    [
      'a broken second pair',
      { ...pair(good), ...pair(good, '-2'), 'cert-2.pem': 'hello' },
      /cert-2\.pem holds no certificate in PEM/,
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
    expect(loaded.tls![0]!.cert).toBe(faulty.certificatePem)
    expect(loaded.fault).toMatch(message)
  })
})
