import { describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { checkAlgorithms, checkAlgorithmsOfPresented } from './algorithms.ts'

const ca = makeCa({ subject: 'CN=Acme CA' })

describe.each([
  ['any certificate', checkAlgorithms],
  ['a certificate that a handshake has proven', checkAlgorithmsOfPresented],
])('the algorithms of %s', (_, check) => {
  it.each(['P-256', 'P-384', 'P-521', 'RSA-2048'] as const)('may be a key of type %s', (keyType) => {
    expect(() => check(parseCertificate(ca.issue({ keyType }).der))).not.toThrow()
  })

  it.each([
    ['a small RSA key', ca.issue({ keyType: 'RSA-1024' }), 'has an RSA key of 1024 bits'],
    ['a key on another curve', ca.issue({ keyType: 'secp256k1' }), 'has a key on secp256k1'],
    ['a key of another kind', ca.issue({ keyType: 'Ed25519' }), 'has a key of type ed25519'],
    [
      'a signature with SHA-1',
      makeCa({ signature: 'SHA-1' }).issue({ signature: 'SHA-1' }),
      'is signed with SHA1-ECDSA',
    ],
  ])('may not be %s', (_title, { der }, text) => {
    expect(() => check(parseCertificate(der))).toThrow(text)
  })
})
