import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import { registerCaCertificate } from './ca-store.ts'
import { listCaCertificates, listCertificates } from './list-store.ts'
import { registerCertificate } from './store.ts'

const scope = { accountId: '000000000001', region: 'us-east-1' }
const { accountId } = scope
const templates = ['a', 'b', 'a', 'b', 'a', 'b', 'a']
let store: Store
/** In the order of their registration; the first four in one millisecond, the others in another. */
const caIds: string[] = []
const ids: string[] = []

beforeAll(async () => {
  store = await openTestStore()
  await store.transact(async (db) => {
    for (const [at, templateName] of templates.entries()) {
      const made = makeCa({ subject: `CN=${at}` })
      const now = new Date(at < 4 ? 1_000 : 2_000)
      const ca = await registerCaCertificate(db, {
        ...scope,
        certificate: parseCertificate(made.der),
        certificateMode: 'SNI_ONLY',
        status: 'ACTIVE',
        autoRegistrationStatus: 'ENABLE',
        registrationConfig: { templateName },
        now,
      })
      const certificate = parseCertificate(made.issue().der)
      await registerCertificate(db, { ...scope, certificate, ca, status: 'INACTIVE', now })
      caIds.push(ca.certificateId)
      ids.push(certificate.certificateId)
    }
  })
})

afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

const lists = {
  certificates: { list: listCertificates, all: ids },
  'CA certificates': { list: listCaCertificates, all: caIds },
}

describe.each(Object.entries(lists))('the list of %s', (_, { list, all }) => {
  const readAll = async (ascendingOrder: boolean, pageSize: number) => {
    const seen: string[] = []
    let marker: string | undefined
    do {
      const page = await list(store.read, accountId, { pageSize, ascendingOrder, marker })
      expect(page.certificates.length).toBeLessThanOrEqual(pageSize)
      seen.push(...page.certificates.map(({ certificateId }) => certificateId))
      marker = page.nextMarker
    } while (marker !== undefined)
    return seen
  }
  const sorted = (from: number, to?: number) => all.slice(from, to).toSorted()

  it.each([1, 3, 7, 250])(
    'has no gap and no double in pages of %d, by age in either direction',
    async (pageSize) => {
      const oldestFirst = await readAll(true, pageSize)
      expect(oldestFirst).toEqual([...sorted(0, 4), ...sorted(4)])
      expect(await readAll(false, pageSize)).toEqual(oldestFirst.toReversed())
    },
  )

  it('has the newest first and pages of 25 unless asked otherwise, and no marker after the last page', async () => {
    const page = await list(store.read, accountId, {})
    expect(page.certificates[0]?.creationDate).toEqual(new Date(2_000))
    expect(page.certificates).toHaveLength(7)
    expect(page).not.toHaveProperty('nextMarker')
  })

  it('goes on behind an entry that was deleted meanwhile', async () => {
    const marker = Buffer.from(`2000 ${'0'.repeat(64)}`).toString('base64')
    const page = await list(store.read, accountId, { marker })
    expect(page.certificates.map(({ certificateId }) => certificateId)).toEqual(sorted(0, 4).toReversed())
  })

  it('is empty for another account', async () => {
    expect(await list(store.read, '000000000002', {})).toEqual({ certificates: [] })
  })

  it.each(['MTIz', 'AAAA', '1234', Buffer.from(`1e3 ${'0'.repeat(64)}`).toString('base64')])(
    'refuses the marker %j, which it never gave out',
    async (marker) => {
      await expect(list(store.read, accountId, { marker })).rejects.toMatchObject({
        code: 'InvalidRequestException',
        message: expect.stringContaining('marker is not one') as string,
      })
    },
  )
})

it('lists the certificates of one CA, and none of one that is not registered', async () => {
  const ofCa = (caCertificateId: string) => listCertificates(store.read, accountId, { caCertificateId })
  expect((await ofCa(caIds[2]!)).certificates).toEqual([
    {
      certificateArn: `arn:aws:iot:us-east-1:${accountId}:cert/${ids[2]}`,
      certificateId: ids[2],
      status: 'INACTIVE',
      certificateMode: 'SNI_ONLY',
      creationDate: new Date(1_000),
    },
  ])
  expect((await ofCa('a'.repeat(64))).certificates).toEqual([])
})

it('lists the CA certificates of one template', async () => {
  const page = await listCaCertificates(store.read, accountId, { templateName: 'b', ascendingOrder: true })
  expect(page.certificates.map(({ certificateId }) => certificateId).toSorted()).toEqual(
    caIds.filter((_, at) => templates[at] === 'b').toSorted(),
  )
  expect(page.certificates[0]).toEqual({
    certificateArn: expect.stringContaining(':cacert/') as string,
    certificateId: expect.any(String) as string,
    status: 'ACTIVE',
    creationDate: new Date(1_000),
  })
})
