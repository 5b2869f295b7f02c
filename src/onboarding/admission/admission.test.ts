import type { CertificateStatus } from '@aws-sdk/client-iot'
import { describe, expect, it } from 'vitest'
import type { CaCertificate } from '../../pki/certificates/index.ts'
import { decideAdmission, type PresentedCertificate } from './admission.ts'

const now = new Date('2026-06-01T00:00:00Z')
const before = new Date('2026-01-01T00:00:00Z')
const after = new Date('2027-01-01T00:00:00Z')
const config = { templateBody: '{}', roleArn: 'arn:aws:iam::000000000000:role/JITPRole' }

function ca(change: Partial<CaCertificate> = {}): CaCertificate {
  return {
    accountId: '000000000000',
    certificateId: 'ca'.repeat(32),
    certificateArn: `arn:aws:iot:us-east-1:000000000000:cacert/${'ca'.repeat(32)}`,
    certificatePem: '',
    status: 'ACTIVE',
    autoRegistrationStatus: 'ENABLE',
    certificateMode: 'DEFAULT',
    notBefore: before,
    notAfter: after,
    creationDate: before,
    lastModifiedDate: before,
    customerVersion: 1,
    generationId: '',
    options: {},
    ...change,
  }
}

const presented = (status?: CertificateStatus, validity = { notBefore: before, notAfter: after }) => ({
  status,
  ...validity,
})
const expired = { notBefore: before, notAfter: before }
const early = { notBefore: after, notAfter: after }

describe('a device gets in', () => {
  it('when its certificate is ACTIVE, whatever became of its CA', () => {
    expect(decideAdmission(presented('ACTIVE'), undefined, now)).toEqual({ action: 'accept' })
    expect(decideAdmission(presented('ACTIVE'), ca({ status: 'INACTIVE' }), now)).toEqual({
      action: 'accept',
    })
  })

  it.each(['PENDING_ACTIVATION', undefined] as const)(
    'once the template of its CA has run, when it is %s',
    (status) => {
      const issuer = ca({ registrationConfig: config })
      expect(decideAdmission(presented(status), issuer, now)).toEqual({ action: 'provision', ca: issuer })
    },
  )

  it.each(['PENDING_ACTIVATION', undefined] as const)(
    'once a rule has activated it, when it is %s',
    (status) => {
      expect(decideAdmission(presented(status), ca(), now)).toEqual({ action: 'announce', ca: ca() })
    },
  )

  it('on the very last moment of its validity and on the first', () => {
    const moment = { notBefore: now, notAfter: now }
    expect(decideAdmission(presented('ACTIVE', moment), undefined, now)).toEqual({ action: 'accept' })
  })
})

describe('a device is refused', () => {
  it.each<[string, PresentedCertificate, CaCertificate | undefined, string]>([
    ['INACTIVE', presented('INACTIVE'), ca(), 'certificate-inactive'],
    ['REVOKED', presented('REVOKED'), ca(), 'certificate-revoked'],
    ['PENDING_TRANSFER', presented('PENDING_TRANSFER'), ca(), 'certificate-pending-transfer'],
    ['REGISTER_INACTIVE', presented('REGISTER_INACTIVE'), ca(), 'certificate-inactive'],
    ['REVOKED and expired', presented('REVOKED', expired), ca(), 'certificate-revoked'],
    ['ACTIVE and expired', presented('ACTIVE', expired), undefined, 'certificate-expired'],
    ['ACTIVE and not yet valid', presented('ACTIVE', early), undefined, 'certificate-not-yet-valid'],
    ['pending and expired', presented('PENDING_ACTIVATION', expired), ca(), 'certificate-expired'],
    [
      'new and expired',
      presented(undefined, expired),
      ca({ registrationConfig: config }),
      'certificate-expired',
    ],
    ['new and not yet valid', presented(undefined, early), ca(), 'certificate-not-yet-valid'],
    ['new and expired, of an unknown CA', presented(undefined, expired), undefined, 'certificate-expired'],
    ['new, of an unknown CA', presented(), undefined, 'ca-unknown'],
    ['pending, of a CA that is gone', presented('PENDING_ACTIVATION'), undefined, 'ca-unknown'],
    ['new, of an INACTIVE CA', presented(), ca({ status: 'INACTIVE' }), 'ca-inactive'],
    [
      'pending, of an INACTIVE CA',
      presented('PENDING_ACTIVATION'),
      ca({ status: 'INACTIVE' }),
      'ca-inactive',
    ],
    ['new, of an expired CA', presented(), ca({ notAfter: before }), 'ca-expired'],
    ['new, of a CA that is not yet valid', presented(), ca({ notBefore: after }), 'ca-expired'],
    [
      'new, without auto-registration',
      presented(),
      ca({ autoRegistrationStatus: 'DISABLE' }),
      'auto-registration-off',
    ],
    [
      'new, with a template but without auto-registration',
      presented(),
      ca({ autoRegistrationStatus: 'DISABLE', registrationConfig: config }),
      'auto-registration-off',
    ],
    [
      'ACTIVE and on the list',
      { ...presented('ACTIVE'), revocation: 'revoked-by-crl' },
      ca(),
      'revoked-by-crl',
    ],
    ['new and on the list', { ...presented(), revocation: 'revoked-by-crl' }, ca(), 'revoked-by-crl'],
    [
      'new, with a template, and on the list',
      { ...presented(), revocation: 'revoked-by-crl' },
      ca({ registrationConfig: config }),
      'revoked-by-crl',
    ],
    [
      'pending, and nobody knows whether it is revoked',
      { ...presented('PENDING_ACTIVATION'), revocation: 'revocation-unknown' },
      ca(),
      'revocation-unknown',
    ],
    [
      'REVOKED, and on the list',
      { ...presented('REVOKED'), revocation: 'revoked-by-crl' },
      ca(),
      'certificate-revoked',
    ],
    [
      'on the list of an INACTIVE CA',
      { ...presented(), revocation: 'revoked-by-crl' },
      ca({ status: 'INACTIVE' }),
      'ca-inactive',
    ],
    [
      'pending, without auto-registration',
      presented('PENDING_ACTIVATION'),
      ca({ autoRegistrationStatus: 'DISABLE' }),
      'auto-registration-off',
    ],
  ])('when its certificate is %s', (_, certificate, issuer, code) => {
    expect(decideAdmission(certificate, issuer, now)).toEqual({ action: 'refuse', code })
  })
})
