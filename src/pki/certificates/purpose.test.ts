import { describe, expect, it } from 'vitest'
import {
  der,
  extension,
  makeCa,
  sequence,
  type CertificateOptions,
} from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { checkClientPurpose, checkCriticalExtensions } from './purpose.ts'

const ca = makeCa()
const issue = (options: CertificateOptions) => parseCertificate(ca.issue(options).der)
const eku = '1.3.6.1.5.5.7.3'
const empty = sequence()

describe('a certificate of a device', () => {
  it.each<[string, CertificateOptions]>([
    ['without extensions, of version 1', { version: 1 }],
    ['without keyUsage and extKeyUsage', {}],
    ['with digitalSignature', { keyUsage: ['digitalSignature'] }],
    ['with digitalSignature among others', { keyUsage: ['digitalSignature', 'keyEncipherment'] }],
    ['with clientAuth', { purposes: [`${eku}.2`] }],
    ['with serverAuth and clientAuth', { purposes: [`${eku}.1`, `${eku}.2`] }],
    ['with any purpose', { purposes: ['2.5.29.37.0'] }],
    [
      'with critical alternative names',
      { extensions: [extension('2.5.29.17', sequence(der(0x82, Buffer.from('a'))), true)] },
    ],
    [
      'with critical policies',
      {
        extensions: [
          extension('2.5.29.32', sequence(sequence(der(6, Buffer.of(0x55, 0x1d, 0x20, 0)))), true),
        ],
      },
    ],
    [
      'with an unknown extension that is not critical',
      { extensions: [extension('1.3.6.1.4.1.99999.1', empty)] },
    ],
    ['with an unknown extension that says that it is not critical', { extensions: [notCritical()] }],
  ])('%s may prove a client', (_, options) => {
    expect(() => checkClientPurpose(issue(options))).not.toThrow()
  })

  it.each<[string, CertificateOptions, string]>([
    [
      'an unknown critical extension',
      { extensions: [extension('1.3.6.1.4.1.99999.1', empty, true)] },
      'has the critical extension 1.3.6.1.4.1.99999.1, which is not supported',
    ],
    [
      'a critical extension that is known to others, as DICE',
      { extensions: [extension('2.23.133.5.4.1', empty, true)] },
      'has the critical extension 2.23.133.5.4.1',
    ],
    ['serverAuth alone', { purposes: [`${eku}.1`] }, 'has an extKeyUsage of serverAuth without clientAuth'],
    ['codeSigning alone', { purposes: [`${eku}.3`] }, 'has an extKeyUsage of codeSigning without clientAuth'],
    [
      'codeSigning alone, critical',
      { extensions: [extension('2.5.29.37', sequence(der(6, Buffer.of(0x2b, 6, 1, 5, 5, 7, 3, 3))), true)] },
      'has an extKeyUsage of codeSigning without clientAuth',
    ],
    [
      'an unknown purpose alone',
      { purposes: ['1.2.3.4'] },
      'has an extKeyUsage of 1.2.3.4 without clientAuth',
    ],
    ['no purpose at all', { purposes: [] }, 'has an extKeyUsage of nothing without clientAuth'],
    [
      'keyUsage without digitalSignature',
      { keyUsage: ['keyEncipherment'] },
      'has a keyUsage without digitalSignature',
    ],
    ['keyUsage of a CA', { keyUsage: ['keyCertSign', 'cRLSign'] }, 'has a keyUsage without digitalSignature'],
    [
      'an empty keyUsage',
      { extensions: [extension('2.5.29.15', der(3, Buffer.of(0)), true)] },
      'has a keyUsage without digitalSignature',
    ],
    [
      'a keyUsage that is none',
      { extensions: [extension('2.5.29.15', empty, true)] },
      'is not a valid X.509 certificate: keyUsage has DER tag 48',
    ],
    [
      'an extKeyUsage that is none',
      { extensions: [extension('2.5.29.37', der(2, Buffer.of(1)))] },
      'is not a valid X.509 certificate: extKeyUsage has DER tag 2',
    ],
  ])('with %s may not', (_, options, text) => {
    expect(() => checkClientPurpose(issue(options))).toThrow(`the certificate ${text}`)
  })
})

it('a CA certificate may limit paths behind it: it is where they begin', () => {
  const constrained = makeCa({
    extensions: [extension('2.5.29.30', empty, true), extension('2.5.29.36', empty, true)],
  })
  expect(() => checkCriticalExtensions(parseCertificate(constrained.der))).not.toThrow()
})

/** With the default written out, as DER does not but some tools do. */
function notCritical(): Buffer {
  const oid = der(6, Buffer.of(0x2b, 6, 1, 4, 1, 0x86, 0x8d, 0x1f, 1))
  return sequence(oid, der(1, Buffer.of(0)), der(4, empty))
}
