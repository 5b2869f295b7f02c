import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { der, makeCa, makeKey, toPem } from '../../test/helpers/certificates.ts'
import { CertificateError, parseCertificate } from './x509.ts'

const ca = makeCa({ subject: 'C=US,O=Acme,CN=Acme CA' })
const leaf = ca.issue({ subject: 'CN=lamp-1', serialNumber: 0xabcn })
const key = makeKey('P-256')

describe('a certificate', () => {
  it('has the SHA-256 of its DER as id, whether it comes as PEM or as DER', () => {
    expect(parseCertificate(leaf.certificatePem).certificateId).toBe(leaf.certificateId)
    expect(parseCertificate(leaf.der).certificateId).toBe(leaf.certificateId)
  })

  it('shows its names, serial number, validity, and PEM', () => {
    const notBefore = new Date('2026-01-02T03:04:05Z')
    const notAfter = new Date('2070-01-02T03:04:05Z')
    const certificate = parseCertificate(ca.issue({ notBefore, notAfter, serialNumber: 0xabcn, key }).der)
    expect(certificate.subject.toString()).toBe('CN=device')
    expect(certificate.issuer.toString()).toBe('C=US, O=Acme, CN=Acme CA')
    expect(certificate.issuer.get('Organization')).toEqual(['Acme'])
    expect(certificate.serialNumber).toBe('0ABC')
    expect(certificate.notBefore).toEqual(notBefore)
    expect(certificate.notAfter).toEqual(notAfter)
    expect(certificate.pem).toBe(toPem('CERTIFICATE', certificate.der))
    expect(certificate.issuerKey).toBe(parseCertificate(ca.der).subjectKey)
  })

  it('may be of version 1 with serial number 0 and an empty subject', () => {
    const certificate = parseCertificate(
      ca.issue({ version: 1, serialNumber: 0n, subject: '', key }).certificatePem,
    )
    expect(certificate.serialNumber).toBe('0')
    expect(certificate.subject.toString()).toBe('')
    expect(certificate.subject.get('CommonName')).toEqual([])
    expect(certificate.isCa).toBe(false)
    expect(certificate.issuerKey).toBe(parseCertificate(ca.der).subjectKey)
  })

  it('is a CA only when basicConstraints says so', () => {
    expect(parseCertificate(ca.der).isCa).toBe(true)
    expect(parseCertificate(leaf.der).isCa).toBe(false)
  })

  it.each([
    ['P-256', 'SHA-256', 'SHA256-ECDSA'],
    ['P-384', 'SHA-384', 'SHA384-ECDSA'],
    ['P-521', 'SHA-512', 'SHA512-ECDSA'],
    ['P-256', 'SHA-1', 'SHA1-ECDSA'],
    ['RSA-2048', 'SHA-256', 'SHA256-RSA'],
    ['RSA-2048', 'SHA-1', 'SHA1-RSA'],
    ['RSA-2048', 'MD5', 'MD5-RSA'],
    ['RSA-2048', 'PSS-SHA-256', 'SHA256-RSAPSS'],
    ['RSA-2048', 'PSS-SHA-512', 'SHA512-RSAPSS'],
    ['Ed25519', 'SHA-256', '1.3.101.112'],
  ] as const)('signed with a %s key and %s says so', (keyType, signature, expected) => {
    expect(parseCertificate(makeCa({ keyType, signature }).der).signatureAlgorithm).toBe(expected)
  })

  it('shows its alternative names by kind', () => {
    const { der: bytes } = ca.issue({
      key,
      dnsNames: ['a.example', 'b.example'],
      uris: ['urn:x'],
      emails: ['me@example.com'],
      ipAddresses: ['10.0.0.1'],
    })
    const { alternativeNames, issuerAlternativeNames } = parseCertificate(bytes)
    expect(alternativeNames.get('DNSName')).toEqual(['a.example', 'b.example'])
    expect(alternativeNames.get('UniformResourceIdentifier')).toEqual(['urn:x'])
    expect(alternativeNames.get('RFC822Name')).toEqual(['me@example.com'])
    expect(alternativeNames.get('IPAddress')).toEqual(['10.0.0.1'])
    expect(issuerAlternativeNames.get('DNSName')).toEqual([])
  })

  it('of several in one PEM text is the first one', () => {
    const text = `subject=CN = lamp-1\r\n${leaf.certificatePem.replaceAll('\n', '\r\n')}${ca.certificatePem}`
    const certificate = parseCertificate(text)
    expect(certificate.certificateId).toBe(leaf.certificateId)
    expect(certificate.pem).toBe(leaf.certificatePem)
  })
})

describe('what is no certificate is refused with a reason', () => {
  const body = leaf.certificatePem.split('\n').slice(1, -2).join('\n')
  it.each([
    ['no text', '', 'got no text'],
    ['other text', 'hello', 'got text without a PEM block'],
    ['a private key', leaf.privateKeyPem, 'got a block labelled "PRIVATE KEY"'],
    ['a PEM without end', leaf.certificatePem.slice(0, 200), 'has no "-----END CERTIFICATE-----"'],
    ['no base64', '-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----', 'is not base64'],
    ['an empty PEM', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', 'is not base64'],
    ['another structure', toPem('CERTIFICATE', der(0x30, der(2, Buffer.of(1)))), 'the signature is missing'],
    ['a cut-off certificate', toPem('CERTIFICATE', leaf.der.subarray(0, 100)), 'is cut off'],
    [
      'a certificate with a tail',
      toPem('CERTIFICATE', Buffer.concat([leaf.der, Buffer.of(0)])),
      'bytes follow',
    ],
    ['a huge one', toPem('CERTIFICATE', der(0x30, Buffer.alloc(70_000))), 'at most 65536'],
  ])('%s', (_, text, reason) => {
    const parse = () => parseCertificate(text)
    expect(parse).toThrow(CertificateError)
    expect(parse).toThrow(reason)
    expect(parse).not.toThrow(body.slice(0, 20))
  })

  it('never anything but CertificateError, whatever byte is changed', () => {
    const position = fc.integer({ min: 0, max: leaf.der.length - 1 })
    const property = fc.property(position, fc.integer({ min: 0, max: 255 }), (at, value) => {
      const bytes = Buffer.from(leaf.der)
      bytes[at] = value
      const problem = problemOf(() => {
        const parsed = parseCertificate(toPem('CERTIFICATE', bytes))
        void [parsed.isCa, parsed.signatureAlgorithm, parsed.publicKey, parsed.alternativeNames]
        void [parsed.subject.toString(), parsed.issuer.toString(), parsed.serialNumber]
        return parsed.notAfter.toISOString()
      })
      expect(problem === undefined || problem instanceof CertificateError).toBe(true)
    })
    fc.assert(property, { numRuns: 1000 })
  })
})

function problemOf(read: () => unknown): unknown {
  try {
    read()
    return undefined
  } catch (cause) {
    return cause
  }
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describe.skipIf(!hasOpenssl)('certificates made by the openssl command', () => {
  it('are read alike: a CA, and a version 1 leaf as `openssl x509 -req` makes it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-openssl-'))
    const openssl = (command: string, ...more: string[]) =>
      execFileSync('openssl', [...command.split(' '), ...more], { cwd: directory, stdio: 'pipe' })
    openssl('ecparam -name prime256v1 -genkey -noout -out ca.key')
    openssl(
      'req -x509 -new -key ca.key -days 2 -out ca.pem -utf8 -subj',
      '/C=DE/O=Müller, "Söhne"/CN=Zürich CA',
    )
    openssl('req -new -key ca.key -out leaf.csr -utf8 -multivalue-rdn -subj', '/OU=b+OU=a/CN=x\\/CN=y')
    openssl('x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 0 -days 1 -out leaf.pem')
    const root = parseCertificate(readFileSync(join(directory, 'ca.pem'), 'utf8'))
    const device = parseCertificate(readFileSync(join(directory, 'leaf.pem'), 'utf8'))
    rmSync(directory, { recursive: true })
    expect(root.isCa).toBe(true)
    expect(root.subject.get('Organization')).toEqual(['Müller, "Söhne"'])
    expect(root.subject.toString()).toBe('C=DE, O=Müller\\, \\"Söhne\\", CN=Zürich CA')
    expect(device.issuerKey).toBe(root.subjectKey)
    expect(device.subject.get('OrganizationalUnit').toSorted()).toEqual(['a', 'b'])
    expect(device.subject.get('CommonName')).toEqual(['x/CN=y'])
    expect(new X509Certificate(device.der).verify(root.x509.publicKey)).toBe(true)
  })
})
