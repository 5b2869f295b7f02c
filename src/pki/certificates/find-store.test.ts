import { expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { openFleet, registerCa } from '../../../test/helpers/fleet.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { findByText } from './find-store.ts'
import { listWaiting } from './list-store.ts'
import { activateCertificate } from './status-store.ts'
import { registerCertificate, registerPendingCertificate } from './store.ts'
import { getIssuer } from './issuer-lookup.ts'

const scope = { accountId: '000000000000', region: 'us-east-1' }

it('finds certificates by the beginning of the id or the CN, and by the serial number, in any form', async () => {
  await using fleet = await openFleet()
  const { caId } = await registerCa(fleet)
  const make = async (subject: string, accountId = scope.accountId) => {
    const certificate = parseCertificate(makeCa().issue({ subject }).certificatePem)
    await fleet.store.transact((db) =>
      registerCertificate(db, { ...scope, accountId, certificate, status: 'ACTIVE', now: new Date(0) }),
    )
    return certificate
  }
  const [one, two] = [await make('CN=Lamp-1, O=Acme'), await make('CN=lamp-2')]
  await make('CN=lamp-3', '111111111111')
  await make('CN=pump')
  const find = async (text: string, limit = 20) => {
    const { certificates, cas } = await findByText(fleet.store.read, { ...scope, text, limit })
    return [
      ...certificates.map(({ certificateId }) => certificateId),
      ...cas.map(({ certificateId }) => certificateId),
    ]
  }
  expect(await find('LAMP')).toEqual([one.certificateId, two.certificateId])
  expect(await find('lamp', 1)).toEqual([one.certificateId])
  expect(await find(' Lamp-1 ')).toEqual([one.certificateId])
  expect(await find(one.certificateId.slice(0, 12).toUpperCase())).toEqual([one.certificateId])
  expect(await find(one.serialNumber)).toEqual([one.certificateId])
  expect(await find(one.serialNumber.toLowerCase().match(/../g)!.join(':'))).toEqual([one.certificateId])
  expect(await find(caId.slice(0, 12))).toEqual([caId])
  for (const nothing of ['', '%', 'amp', 'lamp-1x', '\u0000', 'x'.repeat(9000)])
    expect(await find(nothing)).toEqual([])
  const { certificates } = await findByText(fleet.store.read, { ...scope, text: 'lamp-1', limit: 1 })
  expect(certificates).toEqual([
    {
      certificateId: one.certificateId,
      status: 'ACTIVE',
      creationDate: new Date(0),
      subject: 'CN=Lamp-1, O=Acme',
      serialNumber: one.serialNumber,
    },
  ])
})

it('lists those that wait, newest first, a page after the other, until they do not wait any more', async () => {
  await using fleet = await openFleet()
  const ca = await registerCa(fleet)
  const waiting: string[] = []
  for (let n = 0; n < 3; n += 1) {
    const certificate = parseCertificate(ca.issue({ subject: `CN=lamp-${n}` }).certificatePem)
    waiting.unshift(certificate.certificateId)
    await fleet.store.transact(async (db) => {
      const issuer = await getIssuer(db, scope.accountId, certificate, undefined)
      await registerPendingCertificate(db, { ...scope, certificate, ca: issuer!, now: new Date(n) })
    })
  }
  const list = (marker?: string) => listWaiting(fleet.store.read, { ...scope, marker, limit: 2 })
  const first = await list()
  const second = await list(first.nextMarker)
  expect([...first.certificates, ...second.certificates].map(({ certificateId }) => certificateId)).toEqual(
    waiting,
  )
  expect(first.certificates[0]).toMatchObject({ subject: 'CN=lamp-2', caCertificateId: ca.caId })
  expect(second.nextMarker).toBeUndefined()
  const [certificateId = ''] = waiting
  await fleet.store.transact((db) =>
    activateCertificate(db, { ...scope, certificateId, status: 'ACTIVE', now: new Date(9) }),
  )
  expect((await list()).certificates).toHaveLength(2)
  await expect(list('x')).rejects.toMatchObject({ code: 'InvalidRequestException' })
})
