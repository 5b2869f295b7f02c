import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { der, makeCa, makeCsr, sequence, toPem } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { openIssuer } from './issuer.ts'
import { isSignedBy } from './proof.ts'

const parent = mkdtempSync(join(tmpdir(), 'muster-issuer-'))
const directory = join(parent, 'new')
const issuer = await openIssuer(directory)
const issuingCa = () => parseCertificate(readFileSync(join(directory, 'issuing-ca.pem'), 'utf8'))
const now = new Date('2026-11-21T10:00:00Z')

afterAll(() => rmSync(parent, { recursive: true }))

describe('an issued certificate', () => {
  it('with a new key has RSA of 2048 bits, the common name that AWS gives, and lasts until 2049', async () => {
    const { certificate, privateKeyPem, publicKeyPem } = await issuer.issueKeys(now)
    expect(privateKeyPem).toContain('BEGIN RSA PRIVATE KEY')
    expect(certificate.x509.checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true)
    expect(createPublicKey(publicKeyPem).equals(certificate.publicKey)).toBe(true)
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(certificate.subject.toString()).toBe('CN=AWS IoT Certificate')
    expect(certificate.notBefore).toEqual(new Date('2026-11-21T09:58:00Z'))
    expect(certificate.notAfter).toEqual(new Date('2049-12-31T23:59:59Z'))
    expect(certificate.isCa).toBe(false)
    expect(isSignedBy(certificate, issuingCa())).toBe(true)
  })

  it('for a request has its key and subject', async () => {
    const { csrPem, key } = makeCsr({ subject: 'O=Acme,CN=lamp-1' })
    const certificate = await issuer.issueFromCsr(csrPem, now)
    expect(certificate.subject.toString()).toBe('O=Acme, CN=lamp-1')
    expect(certificate.publicKey.equals(key.publicKey)).toBe(true)
    expect(isSignedBy(certificate, issuingCa())).toBe(true)
  })

  it('keeps a line break in the subject of a request inside its value', async () => {
    const { csrPem } = makeCsr({ subject: [['CN', 'a\nO=evil']] })
    const { subject } = await issuer.issueFromCsr(csrPem, now)
    expect(subject.get('CommonName')).toEqual(['a\nO=evil'])
    expect(subject.get('Organization')).toEqual([])
  })

  it('for a request without subject has a common name', async () => {
    const certificate = await issuer.issueFromCsr(makeCsr({ subject: '' }).csrPem, now)
    expect(certificate.subject.toString()).toBe('CN=AWS IoT Certificate')
  })

  it.each(['RSA-2048', 'P-384', 'P-521'] as const)('may have a key of %s', async (keyType) => {
    const { csrPem, key } = makeCsr({ keyType })
    const certificate = await issuer.issueFromCsr(csrPem, now)
    expect(certificate.publicKey.equals(key.publicKey)).toBe(true)
  })

  it('may be asked for under the label NEW CERTIFICATE REQUEST', async () => {
    const pem = makeCsr().csrPem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST')
    expect((await issuer.issueFromCsr(pem, now)).subject.toString()).toBe('CN=device')
  })
})

/** A common name whose value has this tag. */
const commonNameOf = (tag: number) =>
  sequence(
    der(
      0x31,
      sequence(der(6, Buffer.of(0x55, 4, 3)), der(tag, tag === 5 ? Buffer.alloc(0) : Buffer.from('x'))),
    ),
  )

describe('a signing request is refused that', () => {
  it.each([
    ['is text', 'hello', 'expected PEM text with "-----BEGIN CERTIFICATE REQUEST-----"'],
    ['is a certificate', makeCa().certificatePem, 'got a block labelled "CERTIFICATE"'],
    [
      'is no request inside',
      toPem('CERTIFICATE REQUEST', Buffer.from('abc')),
      'the certificate signing request is refused',
    ],
    [
      'has a forged signature',
      makeCsr({ forged: true }).csrPem,
      'its signature was not made with its own key',
    ],
    ['has a small key', makeCsr({ keyType: 'RSA-1024' }).csrPem, 'it has an RSA key of 1024 bits'],
    ['has a key on another curve', makeCsr({ keyType: 'secp256k1' }).csrPem, 'it has a key on secp256k1'],
    ['has an Ed25519 key', makeCsr({ keyType: 'Ed25519' }).csrPem, 'it has a key of type ed25519'],
  ])('%s', async (_, csrPem, text) => {
    await expect(issuer.issueFromCsr(csrPem, now)).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: expect.stringContaining(text) as string,
    })
  })
})

it.each([
  ['a VisibleString', 0x1a],
  ['a GeneralString', 0x1b],
  ['an INTEGER', 0x02],
  ['an OCTET STRING', 0x04],
  ['a NULL', 0x05],
])(
  'a signing request is refused that has %s for a name, with which no certificate could be read',
  async (_, tag) => {
    const { csrPem } = makeCsr({ subject: commonNameOf(tag) })
    await expect(issuer.issueFromCsr(csrPem, now)).rejects.toMatchObject({
      code: 'InvalidRequestException',
      message: expect.stringContaining(
        'with its subject the certificate is not a valid X.509 certificate',
      ) as string,
    })
  },
)

describe('the issuing CA', () => {
  it('is the same after a restart, and only its owner can read its key', async () => {
    const before = issuingCa().certificateId
    const certificate = await (await openIssuer(directory)).issueFromCsr(makeCsr().csrPem, now)
    expect(issuingCa().certificateId).toBe(before)
    expect(isSignedBy(certificate, issuingCa())).toBe(true)
    expect(statSync(join(directory, 'issuing-ca.key')).mode & 0o777).toBe(0o600)
  })

  it('is made anew when a start was cut short before its key was written', async () => {
    const half = mkdtempSync(join(parent, 'half-'))
    writeFileSync(join(half, 'issuing-ca.pem'), 'left over')
    const certificate = await (await openIssuer(half)).issueFromCsr(makeCsr().csrPem, now)
    expect(
      isSignedBy(certificate, parseCertificate(readFileSync(join(half, 'issuing-ca.pem'), 'utf8'))),
    ).toBe(true)
  })

  it('refuses to start with a key that it cannot read, rather than replace it', async () => {
    const broken = mkdtempSync(join(parent, 'broken-'))
    writeFileSync(join(broken, 'issuing-ca.key'), 'broken')
    writeFileSync(join(broken, 'issuing-ca.pem'), 'broken')
    await expect(openIssuer(broken)).rejects.toThrow(`the issuing CA in ${broken} cannot be read`)
    expect(readFileSync(join(broken, 'issuing-ca.key'), 'utf8')).toBe('broken')
  })
})
