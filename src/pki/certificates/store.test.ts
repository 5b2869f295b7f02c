import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import type { CaCertificate } from './ca-certificate.ts'
import { registerCaCertificate } from './ca-store.ts'
import { activateCertificate, setPendingReason } from './status-store.ts'
import { findCertificate, registerPendingCertificate } from './store.ts'

const accountId = '000000000001'
const made = makeCa()
const now = new Date('2026-11-21T10:00:00Z')
const later = new Date('2026-11-21T11:00:00Z')
let store: Store
let ca: CaCertificate
let certificate: ParsedCertificate
let certificateId: string

beforeAll(async () => {
  store = await openTestStore()
  ca = await store.transact((db) =>
    registerCaCertificate(db, {
      accountId,
      region: 'us-east-1',
      certificate: parseCertificate(made.der),
      certificateMode: 'DEFAULT',
      status: 'ACTIVE',
      autoRegistrationStatus: 'ENABLE',
      now,
    }),
  )
})

afterAll(() => store[Symbol.asyncDispose]())

beforeEach(() => {
  certificate = parseCertificate(made.issue().der)
  certificateId = certificate.certificateId
})

const register = (at = now) =>
  store.transact((db) => registerPendingCertificate(db, { accountId, certificate, ca, now: at }))
const activate = (status: 'ACTIVE' | 'INACTIVE' | 'REVOKED' | 'PENDING_ACTIVATION') =>
  store.transact((db) => activateCertificate(db, { accountId, certificateId, status, now: later }))
const note = (reason: string) =>
  store.transact((db) => setPendingReason(db, { accountId, certificateId, reason, now: later }))
const find = () => findCertificate(store.read, accountId, certificateId)

describe('a certificate that a device presents', () => {
  it('is registered as PENDING_ACTIVATION under its CA, in the region and mode of the CA', async () => {
    const registered = await register()
    expect(registered).toMatchObject({
      certificateArn: `arn:aws:iot:us-east-1:${accountId}:cert/${certificateId}`,
      certificatePem: certificate.pem,
      status: 'PENDING_ACTIVATION',
      caCertificateId: ca.certificateId,
      certificateMode: 'DEFAULT',
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      creationDate: now,
    })
    expect(await find()).toEqual(registered)
  })

  it('is registered once, however often and at the same time it is presented', async () => {
    const [first, ...others] = await Promise.all([register(), register(later), register(later)])
    expect(others).toEqual([first, first])
    expect(await register(later)).toEqual(first)
  })

  it('stays what it has become', async () => {
    await register()
    const revoked = await activate('REVOKED')
    expect(await register(later)).toEqual(revoked)
  })
})

describe('a pending certificate', () => {
  it.each(['ACTIVE', 'INACTIVE', 'REVOKED'] as const)(
    'becomes %s and forgets why it was pending',
    async (status) => {
      await register()
      await note('no CN')
      expect(await find()).toMatchObject({ pendingReason: 'no CN', customerVersion: 1 })
      const changed = await activate(status)
      expect(changed).toMatchObject({ status, customerVersion: 2, lastModifiedDate: later })
      expect(changed).not.toHaveProperty('pendingReason')
      expect(await find()).toEqual(changed)
    },
  )

  it('takes no reason for being pending once it is something else', async () => {
    await register()
    const active = await activate('ACTIVE')
    await note('too late')
    expect(await find()).toEqual(active)
  })

  it('cannot be set to PENDING_ACTIVATION, which it is', async () => {
    await register()
    await expect(activate('PENDING_ACTIVATION')).rejects.toMatchObject({ code: 'CertificateStateException' })
  })
})

it.each(['ACTIVE', 'PENDING_ACTIVATION'] as const)('finds no certificate to set to %s', async (status) => {
  await expect(activate(status)).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  await expect(note('nobody')).resolves.toBeUndefined()
  expect(await find()).toBeUndefined()
})
