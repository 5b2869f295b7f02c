import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { JournalEntry } from '../../observability/journal/index.ts'
import {
  activateCertificate,
  findCertificate,
  registerCertificate,
  registerUnprovisioned,
} from '../../pki/certificates/index.ts'
import type { Db, Store } from '../../store/index.ts'
import { sweepEndedClaims, sweepExpired } from './expiry.ts'
import { findOwnership, saveOwnership, useOwnership } from './store.ts'

const accountId = '000000000000'
const start = new Date('2026-01-01T00:00:00Z')
const ca = makeCa()
let store: Store
let now: Date
let entries: JournalEntry[]
let changes: Change[]
let attached: string[]
let detached: string[]
beforeEach(async () => {
  store = await openTestStore()
  now = start
  entries = []
  changes = []
  attached = []
  detached = []
})
afterEach(() => store[Symbol.asyncDispose]())

const deps = () => ({
  store,
  fabric: { announce: async (...announced: Change[]) => void changes.push(...announced) },
  record: (entry: JournalEntry) => void entries.push(entry),
  now: () => now,
  log: { error: () => {} },
  isAttached: async (_db: Db, _account: string, arn: string) => attached.includes(arn),
  detachAll: async (_db: Db, _account: string, arn: string) => void detached.push(arn),
})
const sweep = () => sweepExpired(deps())

/** A certificate and its token, which has the certificate's id for a hash; it expires an hour later. */
async function issue(): Promise<string> {
  const certificate = parseCertificate(ca.issue().certificatePem)
  const { certificateId } = certificate
  const expiresAt = new Date(start.getTime() + 3_600_000)
  await store.transact(async (db) => {
    await registerUnprovisioned(db, { accountId, region: 'us-east-1', certificate, now })
    await saveOwnership(db, { accountId, tokenSha256: certificateId, certificateId, expiresAt })
  })
  return certificateId
}

const find = (certificateId: string) => findCertificate(store.read, accountId, certificateId)
const findToken = (certificateId: string) => findOwnership(store.read, accountId, certificateId)
const later = (ms: number) => (now = new Date(start.getTime() + ms))

it('deletes a certificate that no device was provisioned with within the hour, and says so', async () => {
  const certificateId = await issue()
  later(3_599_999)
  await sweep()
  expect((await find(certificateId))?.status).toBe('PENDING_ACTIVATION')
  later(3_600_000)
  await sweep()
  expect(await find(certificateId)).toBeUndefined()
  expect(await findToken(certificateId)).toBeUndefined()
  expect(entries).toEqual([{ accountId, code: 'claim-certificate-expired', at: now, certificateId }])
  expect(changes).toEqual([{ accountId, kind: 'certificate', id: certificateId }])
})

it('keeps what was provisioned, and what somebody has decided about or made use of', async () => {
  const used = await issue()
  const decided = await issue()
  const inUse = await issue()
  await store.transact(async (db) => {
    await useOwnership(db, { accountId, tokenSha256: used }, now)
    await activateCertificate(db, { accountId, certificateId: decided, status: 'INACTIVE', now })
  })
  attached.push((await find(inUse))!.certificateArn)
  later(3_600_000)
  await sweep()
  for (const certificateId of [used, decided, inUse]) {
    expect(await find(certificateId)).toBeDefined()
    expect(await findToken(certificateId)).toBeUndefined()
  }
  expect([...entries, ...changes]).toEqual([])
})

it('deletes all of them, however many', async () => {
  const certificateIds = await Promise.all(Array.from({ length: 101 }, issue))
  later(3_600_000)
  await sweep()
  expect(new Set(entries.map(({ certificateId }) => certificateId))).toEqual(new Set(certificateIds))
  const rows = await store.read.selectFrom('certificates').select('certificate_id').execute()
  expect(rows).toEqual([])
})

it('deletes claims that have ended, with what is attached to them, and no other certificate', async () => {
  const register = async (claimTemplate?: string) => {
    const certificate = parseCertificate(ca.issue().certificatePem)
    const registration = { accountId, region: 'us-east-1', certificate, status: 'ACTIVE' as const, now }
    return store.transact((db) =>
      registerCertificate(db, { ...registration, ...(claimTemplate !== undefined && { claimTemplate }) }),
    )
  }
  const other = await register()
  const claim = await register('lamps')
  now = claim.notAfter
  await sweepEndedClaims(deps())
  expect(await find(claim.certificateId)).toMatchObject({ claimTemplate: 'lamps' })
  now = new Date(claim.notAfter.getTime() + 1)
  await sweepEndedClaims(deps())
  expect(await find(claim.certificateId)).toBeUndefined()
  expect(detached).toEqual([claim.certificateArn])
  expect(changes).toEqual([{ accountId, kind: 'certificate', id: claim.certificateId }])
  expect(await find(other.certificateId)).toBeDefined()
})
