import { expect, it } from 'vitest'
import { makeCa } from '../../test/helpers/certificates.ts'
import { commonNameKey, namesOf, serialKey } from './certificate-names.ts'
import { parseCertificate } from './x509.ts'

it.each([
  ['0A:1B:FF', 'a1bff'],
  ['a1bff', 'a1bff'],
  ['0x0a1b ff', 'a1bff'],
  ['00', '0'],
  ['-05', '-5'],
])('a serial number is found as %s', (text, key) => expect(serialKey(text)).toBe(key))

it.each(['', ':', 'lamp', '1g', 'a'.repeat(65)])('"%s" is no serial number', (text) =>
  expect(serialKey(text)).toBeUndefined(),
)

it('names are found in any case, without what nobody can type', () => {
  expect(commonNameKey('Lamp\u0000-\n1')).toBe('lamp-1')
  expect(commonNameKey('x'.repeat(8000))).toHaveLength(128)
})

it('a certificate has its first CN and its serial number', () => {
  const certificate = parseCertificate(makeCa().issue({ subject: 'CN=Lamp-1, O=Acme' }).certificatePem)
  const { serialNumber, commonName } = namesOf(certificate)
  expect([commonName, serialNumber]).toEqual(['lamp-1', serialKey(certificate.serialNumber)])
  const nameless = parseCertificate(makeCa().issue({ subject: 'O=Acme' }).certificatePem)
  expect(namesOf(nameless).commonName).toBeNull()
})
