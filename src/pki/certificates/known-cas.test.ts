import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { createLocalFabric, type Fabric } from '../../fabric/in-process/index.ts'
import { parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import { registerCaCertificate, updateCaCertificate } from './ca-store.ts'
import { rememberCas, type FindCasBySubject } from './known-cas.ts'

const accountId = '000000000001'
const now = new Date('2026-11-21T10:00:00Z')
let store: Store
let fabric: Fabric
let find: FindCasBySubject
let certificate: ParsedCertificate
let made = 0

beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(() => {
  fabric = createLocalFabric()
  find = rememberCas({ store, fabric })
  certificate = parseCertificate(makeCa({ subject: `CN=CA ${++made}` }).der)
})

const register = (account = accountId) =>
  store.transact((db) =>
    registerCaCertificate(db, {
      accountId: account,
      region: 'us-east-1',
      certificate,
      certificateMode: 'SNI_ONLY',
      status: 'ACTIVE',
      autoRegistrationStatus: 'ENABLE',
      now,
    }),
  )
/** In the store alone; who is to know of it is told by `announce`. */
const deactivate = () =>
  store.transact((db) =>
    updateCaCertificate(db, {
      accountId,
      certificateId: certificate.certificateId,
      status: 'INACTIVE',
      now,
    }),
  )
const announce = () => fabric.announce({ accountId, kind: 'ca-certificate', id: certificate.certificateId })
const statuses = async (account = accountId) =>
  (await find(account, certificate.subjectKey)).map(({ status }) => status)

it('remembers a CA until a change of it is announced', async () => {
  await register()
  expect(await statuses()).toEqual(['ACTIVE'])
  await deactivate()
  expect(await statuses()).toEqual(['ACTIVE'])
  await announce()
  expect(await statuses()).toEqual(['INACTIVE'])
})

it('finds one that was registered when there was none before', async () => {
  expect(await statuses()).toEqual([])
  await register()
  expect(await statuses()).toEqual(['ACTIVE'])
})

it('does not remember what was read before a change and comes after its announcement', async () => {
  await register()
  const finding = statuses()
  await Promise.all([announce(), finding])
  await deactivate()
  expect(await statuses()).toEqual(['INACTIVE'])
})

it('keeps accounts apart', async () => {
  await register()
  await statuses()
  expect(await statuses('000000000002')).toEqual([])
})
