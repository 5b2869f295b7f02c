import { expect, it } from 'vitest'
import { makeCa, type TestCertificate } from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { Db } from '../../store/index.ts'
import { findAccountOf } from './account-of.ts'
import { findCasBySubject, registerCaCertificate } from './ca-store.ts'
import { registerCertificate } from './store.ts'

const [first, second, third] = ['000000000001', '000000000002', '000000000003'] as const
const accountIds = [first, second, third]
const region = 'us-east-1'
const now = new Date()
const ca = makeCa({ subject: 'CN=Shared' })
const leaf = ca.issue({ subject: 'CN=lamp' })

type Mode = 'DEFAULT' | 'SNI_ONLY'

const registerCa = (db: Db, accountId: string, certificateMode: Mode) =>
  registerCaCertificate(db, {
    accountId,
    region,
    certificate: parseCertificate(ca.certificatePem),
    certificateMode,
    status: 'ACTIVE',
    autoRegistrationStatus: 'ENABLE',
    now,
  })
const registerLeaf = (db: Db, accountId: string, certificateMode: Mode) =>
  registerCertificate(db, {
    accountId,
    region,
    certificate: parseCertificate(leaf.certificatePem),
    certificateMode,
    status: 'ACTIVE',
    now,
  })

const find = (db: Db, { der }: TestCertificate) =>
  findAccountOf({ read: db, findCas: (...asked) => findCasBySubject(db, ...asked) }, accountIds, {
    certificateId: parseCertificate(leaf.certificatePem).certificateId,
    der,
  })

it.each<[string, (db: Db) => Promise<unknown>, string | undefined]>([
  ['nobody who knows it', async () => {}, undefined],
  ['the account that has it', (db) => registerLeaf(db, second, 'DEFAULT'), second],
  ['the account whose CA signed it', (db) => registerCa(db, third, 'DEFAULT'), third],
  [
    'the account that has it, rather than that of the CA',
    async (db) => [await registerCa(db, first, 'DEFAULT'), await registerLeaf(db, third, 'DEFAULT')],
    third,
  ],
  ['nobody by a certificate that is SNI_ONLY', (db) => registerLeaf(db, second, 'SNI_ONLY'), undefined],
  ['nobody by a CA that is SNI_ONLY', (db) => registerCa(db, second, 'SNI_ONLY'), undefined],
  ['the first by what is SNI_ONLY', (db) => registerLeaf(db, first, 'SNI_ONLY'), first],
  [
    'whose it is, whoever else registered it as SNI_ONLY',
    async (db) => [await registerLeaf(db, second, 'SNI_ONLY'), await registerLeaf(db, third, 'DEFAULT')],
    third,
  ],
])('belongs to %s', async (_whose, prepare, expected) => {
  await using store = await openTestStore()
  await store.transact(prepare)
  expect(await find(store.read, leaf)).toBe(expected)
})

it("is nobody's when it is no proper certificate", async () => {
  await using store = await openTestStore()
  expect(await find(store.read, { ...leaf, der: Buffer.from('none') })).toBeUndefined()
})
