import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeCa } from '../../test/helpers/certificates.ts'
import { HandshakeCertificate } from './presented-certificate.ts'
import { certificateIdOf } from './x509.ts'

it('has the id and the bytes of the certificate', () => {
  const ca = makeCa()
  for (let count = 0; count < 20; count += 1) {
    const { der } = ca.issue()
    const presented = new HandshakeCertificate(new X509Certificate(der))
    expect(presented.certificateId).toBe(certificateIdOf(der))
    expect(presented.der).toEqual(der)
  }
})
