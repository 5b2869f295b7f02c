import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { createLocalFabric, type Fabric } from '../../fabric/in-process/index.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import type { DeviceCertificate } from './certificate.ts'
import { rememberCertificates, type KnownCertificates } from './known-certificates.ts'
import { activateCertificate } from './status-store.ts'
import { deleteCertificate, findCertificate, getCertificate, registerCertificate } from './store.ts'

const accountId = '000000000001'
const other = '000000000002'
const now = new Date('2026-11-21T10:00:00Z')
const made = makeCa()
let store: Store
let fabric: Fabric
let known: KnownCertificates
let certificateId: string

beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(() => {
  fabric = createLocalFabric()
  known = rememberCertificates({ store, fabric })
})

type Status = 'ACTIVE' | 'INACTIVE' | 'REVOKED'

async function register(status: Status, account = accountId): Promise<DeviceCertificate> {
  const certificate = parseCertificate(made.issue().der)
  certificateId = certificate.certificateId
  const registration = { accountId: account, region: 'us-east-1', certificate, status, now }
  return store.transact((db) => registerCertificate(db, registration))
}
/** In the store alone; who is to know of it is told by `announce`. */
const change = (status: Status) =>
  store.transact((db) => activateCertificate(db, { accountId, certificateId, status, now }))
const announce = (account = accountId) =>
  fabric.announce({ accountId: account, kind: 'certificate', id: certificateId })
const status = async () => (await known.find(accountId, certificateId))?.status

it('remembers an active certificate until a change of it is announced', async () => {
  await register('ACTIVE')
  expect(await status()).toBe('ACTIVE')
  await change('REVOKED')
  expect(await status()).toBe('ACTIVE')
  await announce()
  expect(await status()).toBe('REVOKED')
})

it('forgets one that is deleted', async () => {
  await register('ACTIVE')
  await status()
  const known = await getCertificate(store.read, accountId, certificateId)
  await store.transact((db) => deleteCertificate(db, known))
  await announce()
  expect(await status()).toBeUndefined()
})

it.each(['INACTIVE', 'REVOKED'] as const)('never remembers one that is %s', async (first) => {
  await register(first)
  expect(await status()).toBe(first)
  await change('ACTIVE')
  expect(await status()).toBe('ACTIVE')
})

it('never remembers that there is none', async () => {
  certificateId = parseCertificate(made.issue().der).certificateId
  expect(await status()).toBeUndefined()
})

it('does not remember what was read before a change and comes after its announcement', async () => {
  await register('ACTIVE')
  const finding = status()
  await Promise.all([announce(), finding])
  await change('REVOKED')
  expect(await status()).toBe('REVOKED')
})

it('keeps accounts apart, also when a change is announced', async () => {
  await register('ACTIVE', other)
  expect(await status()).toBeUndefined()
  await register('ACTIVE')
  await status()
  await change('INACTIVE')
  await announce(other)
  expect(await status()).toBe('ACTIVE') // nobody has announced its change
})

describe('one that is expected while it is registered', () => {
  it('is remembered, as it is in the store', async () => {
    const remember = known.expect()
    const registered = await register('ACTIVE')
    remember(registered)
    expect(known.find(accountId, certificateId)).toBe(registered) // at once: nothing is read
    expect(await findCertificate(store.read, accountId, certificateId)).toEqual(registered)
  })

  it('is forgotten when a change of it is announced', async () => {
    const remember = known.expect()
    remember(await register('ACTIVE'))
    await change('REVOKED')
    await announce()
    expect(await status()).toBe('REVOKED')
  })

  it('is not remembered when a change was announced before that is said', async () => {
    const remember = known.expect()
    const registered = await register('ACTIVE')
    await change('REVOKED')
    await announce()
    remember(registered)
    expect(await status()).toBe('REVOKED')
  })

  it('is not remembered unless it is ACTIVE', async () => {
    const remember = known.expect()
    remember(await register('INACTIVE'))
    await change('ACTIVE')
    expect(await status()).toBe('ACTIVE')
  })
})
