import { describe, expect, it } from 'vitest'
import {
  extension,
  makeCa,
  makeVerificationCertificate,
  sequence,
} from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { checkProofOfPossession, checkRegistrationConfig, parseCaCertificate } from './ca-certificate.ts'

const now = new Date()
const ca = makeCa({ subject: 'CN=Acme CA' })
const code = '0123456789abcdef'.repeat(4)
const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }
const unknown = { extensions: [extension('1.2.3.4', sequence(), true)] }
const future = { notBefore: new Date('2090-01-01'), notAfter: new Date('2091-01-01') }

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string })

describe('a CA certificate is refused', () => {
  it.each([
    ['that is no certificate', 'hello', 'the CA certificate is not readable: expected PEM text'],
    ['without CA:TRUE', makeCa({ isCa: false }), 'the CA certificate has no basicConstraints CA:TRUE'],
    ['of version 1', makeCa({ version: 1 }), 'the CA certificate has no basicConstraints CA:TRUE'],
    ['that may not sign', makeCa({ keyUsage: ['digitalSignature'] }), 'has a keyUsage without keyCertSign'],
    ['that expired', makeCa(past), 'the CA certificate expired on 2021-01-01T00:00:00Z'],
    ['that is not valid yet', makeCa(future), 'the CA certificate is not valid before 2090-01-01T00:00:00Z'],
    ['signed with SHA-1', makeCa({ signature: 'SHA-1' }), 'the CA certificate is signed with SHA1-ECDSA'],
    ['signed with MD5', makeCa({ keyType: 'RSA-2048', signature: 'MD5' }), 'is signed with MD5-RSA'],
    ['with a small key', makeCa({ keyType: 'RSA-1024' }), 'has an RSA key of 1024 bits; expected 2048'],
    [
      'on another curve',
      makeCa({ keyType: 'secp256k1' }),
      'has a key on secp256k1; expected RSA, or a key on P-256',
    ],
    ['with an Ed25519 key', makeCa({ keyType: 'Ed25519' }), 'is signed with 1.3.101.112'],
    ['with an unknown critical extension', makeCa(unknown), 'has the critical extension 1.2.3.4'],
  ])('%s', (_, given, text) => {
    const pem = typeof given === 'string' ? given : given.certificatePem
    expect(() => parseCaCertificate(pem, now)).toThrow(refusal('CertificateValidationException', text))
  })
})

describe('a verification certificate', () => {
  const check = (pem: string, registrationCode: string | undefined = code) =>
    checkProofOfPossession(parseCertificate(ca.certificatePem), pem, registrationCode, now)
  const proof = (options = {}) => makeVerificationCertificate(ca, code, options)
  const namesake = (options = {}) => makeCa({ subject: 'CN=Acme CA', ...options })

  it.each([
    ['of version 3', {}],
    ['of version 1 with serial number 0', { version: 1, serialNumber: 0n }],
    ['with a key of any kind', { keyType: 'RSA-1024' }],
    ['with more in its subject than the CN', { subject: `C=US,O=Acme,CN=${code}` }],
  ] as const)('%s proves possession', (_, options) => {
    expect(() => check(proof(options).certificatePem)).not.toThrow()
  })

  it.each([
    [
      'signed by itself',
      makeCa({ subject: [['CN', code]] }),
      'is signed by itself (self-signed), not by "CN=Acme CA"',
    ],
    [
      'that is another CA with the same subject',
      namesake(),
      'is signed by itself (self-signed), not by "CN=Acme CA"',
    ],
    [
      'signed by another CA',
      makeVerificationCertificate(makeCa({ subject: 'CN=Other CA' }), code),
      'the verification certificate is signed by "CN=Other CA", not by "CN=Acme CA"',
    ],
    [
      'signed by a namesake of the CA',
      makeVerificationCertificate(namesake(), code),
      'names "CN=Acme CA" as its issuer but was not signed with the key',
    ],
    [
      'signed by a namesake with a key of another kind',
      makeVerificationCertificate(namesake({ keyType: 'RSA-2048' }), code, { version: 1 }),
      'was not signed with the key',
    ],
    [
      'signed by a CA with a name of 10 kB',
      makeVerificationCertificate(makeCa({ subject: [['CN', 'x'.repeat(10_240)]] }), code),
      'xxx...", not by "CN=Acme CA"',
    ],
    ['whose signature is forged', proof({ forged: true }), 'was not signed with the key'],
    ['that expired', proof(past), 'the verification certificate expired on 2021-01-01T00:00:00Z'],
    ['that is not valid yet', proof(future), 'is not valid before 2090'],
    ['signed with SHA-1', proof({ signature: 'SHA-1' }), 'is signed with SHA1-ECDSA'],
    ['with an unknown critical extension', proof(unknown), 'has the critical extension 1.2.3.4'],
    ['that is no certificate', { certificatePem: 'hello' }, 'the verification certificate is not readable'],
  ])('%s is refused', (_, { certificatePem }, text) => {
    expect(() => check(certificatePem)).toThrow(refusal('CertificateValidationException', text))
  })

  it.each([
    [
      'of another CN',
      'CN=wrong',
      "the verification certificate's CN is wrong, the registration code is 0123",
    ],
    [
      'with the code elsewhere',
      `O=${code}`,
      'the verification certificate has no CN, the registration code is 0123',
    ],
    ['with the code in capitals', `CN=${code.toUpperCase()}`, "'s CN is 0123456789ABCDEF"],
  ])('%s is refused', (_, subject, text) => {
    const { certificatePem } = ca.issue({ subject })
    expect(() => check(certificatePem)).toThrow(refusal('RegistrationCodeValidationException', text))
  })
})

describe('a registrationConfig', () => {
  const roleArn = 'arn:aws:iam::1:role/Role'

  it.each([[{ templateBody: '{}', roleArn }], [{ templateName: 'x' }], [{ templateName: 'x', roleArn }]])(
    'may be %j',
    (config) => {
      expect(() => checkRegistrationConfig(config)).not.toThrow()
    },
  )

  it.each([
    [{}, 'either templateBody or templateName'],
    [{ roleArn }, 'either templateBody or templateName'],
    [{ templateBody: '{}', roleArn, templateName: 'x' }, 'either templateBody or templateName'],
    [{ templateBody: '{}' }, 'must have a roleArn'],
  ])('must not be %j', (config, text) => {
    expect(() => checkRegistrationConfig(config)).toThrow(refusal('InvalidRequestException', text))
  })
})
