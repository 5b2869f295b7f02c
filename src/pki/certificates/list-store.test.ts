import { expect, it } from 'vitest'
import { openFleet, registerCa } from '../../../test/helpers/fleet.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { getIssuer } from './issuer-lookup.ts'
import { listCaCertificates, listCertificates, listRegistered } from './list-store.ts'
import { registerCertificate } from './store.ts'

const scope = { accountId: '000000000000', region: 'us-east-1' }
const hour = 3_600_000

it('pages through the certificates of a CA by when they were registered, and leaves out the others', async () => {
  await using fleet = await openFleet()
  const [ca, other] = [await registerCa(fleet), await registerCa(fleet)]
  const start = Date.parse('2026-01-01T00:00:00Z')
  const register = async (of: typeof ca, at: number) => {
    const certificate = parseCertificate(of.issue().certificatePem)
    await fleet.store.transact(async (db) => {
      const issuer = await getIssuer(db, scope.accountId, certificate, undefined)
      const now = new Date(at)
      await registerCertificate(db, { ...scope, certificate, ca: issuer, status: 'INACTIVE', now })
    })
    return certificate.certificateId
  }
  await register(ca, start - hour)
  const wanted = [
    await register(ca, start),
    await register(ca, start + hour),
    await register(ca, start + 2 * hour),
  ]
  await register(other, start)
  await register(ca, start + 3 * hour)
  const question = {
    accountId: scope.accountId,
    caCertificateId: ca.caId,
    from: new Date(start),
    to: new Date(start + 2 * hour),
    limit: 2,
  }
  const first = await listRegistered(fleet.store.read, question)
  const second = await listRegistered(fleet.store.read, { ...question, marker: first.nextMarker })
  const found = [...first.certificates, ...second.certificates]
  expect(found.map(({ certificateId }) => certificateId)).toEqual(wanted)
  expect(second.nextMarker).toBeUndefined()
  await expect(listRegistered(fleet.store.read, { ...question, marker: 'x' })).rejects.toMatchObject({
    code: 'InvalidRequestException',
  })
})

it('lists certificates newest first, without claims that were given out', async () => {
  await using fleet = await openFleet()
  const ca = await registerCa(fleet)
  const register = (minute: number, claimTemplate?: string) => {
    const certificate = parseCertificate(ca.issue().certificatePem)
    const registration = { ...scope, certificate, status: 'ACTIVE' as const, now: new Date(minute * 60_000) }
    return fleet.store.transact((db) =>
      registerCertificate(db, { ...registration, ...(claimTemplate !== undefined && { claimTemplate }) }),
    )
  }
  const [first, , second] = [await register(1), await register(2, 'lamps'), await register(3)]
  const list = (marker?: string) =>
    listCertificates(fleet.store.read, scope.accountId, { pageSize: 1, marker })
  const page = await list()
  const next = await list(page.nextMarker)
  const found = [...page.certificates, ...next.certificates].map(({ certificateId }) => certificateId)
  expect(found).toEqual([second.certificateId, first.certificateId])
  expect(next.nextMarker).toBeUndefined()
})

it('lists the CAs that bring a template', async () => {
  await using fleet = await openFleet()
  const [ca] = [await registerCa(fleet), await registerCa(fleet)]
  await fleet.store.transact((db) =>
    db
      .updateTable('ca_certificates')
      .set({ template_name: 'lamps' })
      .where('certificate_id', '=', ca.caId)
      .execute(),
  )
  const list = (templateName: string) =>
    listCaCertificates(fleet.store.read, scope.accountId, { templateName })
  expect((await list('lamps')).certificates.map(({ certificateId }) => certificateId)).toEqual([ca.caId])
  expect((await list('pumps')).certificates).toEqual([])
})
