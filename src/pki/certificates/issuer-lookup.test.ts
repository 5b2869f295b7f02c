import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  der,
  makeCa,
  makeKey,
  sequence,
  type CertificateOptions,
  type TestCa,
} from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import { deleteTags, setTags } from '../../registry/tags/index.ts'
import { findCasBySubject, registerCaCertificate, type CaRegistration } from './ca-store.ts'
import { findIssuerByName } from './issuer-lookup.ts'

let store: Store
let accountId: string
let nextAccount = 1

beforeAll(async () => {
  store = await openTestStore()
})

afterAll(() => store[Symbol.asyncDispose]())

beforeEach(() => {
  accountId = String(nextAccount++).padStart(12, '0')
})

const add = (ca: TestCa, more: Partial<CaRegistration> = {}) =>
  store.transact((db) =>
    registerCaCertificate(db, {
      accountId,
      region: 'us-east-1',
      certificate: parseCertificate(ca.certificatePem),
      certificateMode: 'SNI_ONLY',
      status: 'ACTIVE',
      autoRegistrationStatus: 'ENABLE',
      now: new Date(),
      ...more,
    }),
  )

const findCas = (account: string, subjectKey: string) => findCasBySubject(store.read, account, subjectKey)
const find = (leaf: { der: Buffer }) => findIssuerByName(findCas, accountId, parseCertificate(leaf.der))

it.each([
  ['P-256', {}, {}],
  ['P-384', { keyType: 'P-384', signature: 'SHA-384' }, { signature: 'SHA-384' }],
  ['P-521', { keyType: 'P-521', signature: 'SHA-512' }, { signature: 'SHA-512' }],
  ['RSA', { keyType: 'RSA-2048' }, { signature: 'SHA-512' }],
  ['RSASSA-PSS', { keyType: 'RSA-2048' }, { signature: 'PSS-SHA-256' }],
  ['an RSASSA-PSS key', { keyType: 'RSA-PSS' }, {}],
  ['a version 1 leaf', {}, { version: 1, serialNumber: 0n }],
  ['a leaf without key identifier', {}, { authorityKeyId: false }],
  ['a subject without CN', { subject: 'C=US,O=Acme' }, {}],
] satisfies [string, CertificateOptions, CertificateOptions][])(
  'finds the CA that signed: %s',
  async (_, caOptions, leafOptions) => {
    const ca = makeCa(caOptions)
    await add(ca)
    const { issuer, namesake } = await find(ca.issue(leafOptions))
    expect(issuer?.certificateId).toBe(ca.certificateId)
    expect(namesake).toBeUndefined()
  },
)

it.each([
  ['TeletexString', 0x14, Buffer.from('Acme CA')],
  ['PrintableString', 0x13, Buffer.from('Acme CA')],
  [
    'UniversalString',
    0x1c,
    Buffer.concat(Array.from('Acme CA', (letter) => Buffer.of(0, 0, 0, letter.charCodeAt(0)))),
  ],
  ['UTF8String', 0x0c, Buffer.from('Acme CA')],
  ['BMPString', 0x1e, Buffer.from('Acme CA', 'utf16le').swap16()],
])(
  'finds a CA whose name is a %s, also when its devices name it in another string type',
  async (_, tag, content) => {
    const subject = sequence(der(0x31, sequence(der(6, Buffer.of(0x55, 4, 3)), der(tag, content))))
    const key = makeKey('P-256')
    const ca = makeCa({ subject, key })
    await add(ca)
    for (const signer of [ca, makeCa({ subject: 'CN=Acme CA', key })])
      expect((await find(signer.issue())).issuer?.certificateId).toBe(ca.certificateId)
  },
)

it('tells ten CAs of one subject apart by their keys', async () => {
  const cas = Array.from({ length: 10 }, () => makeCa())
  for (const ca of cas) await add(ca)
  for (const ca of cas)
    expect((await find(ca.issue({ authorityKeyId: false }))).issuer?.certificateId).toBe(ca.certificateId)
})

it('prefers, among CAs with one subject and key, the one that lets devices in', async () => {
  const key = makeKey('P-256')
  const make = (days: number) => makeCa({ key, days })
  const [inactive, closed, open] = [make(40), make(30), make(20)]
  await add(inactive, { status: 'INACTIVE' })
  await add(closed, { autoRegistrationStatus: 'DISABLE' })
  expect((await find(open.issue())).issuer?.certificateId).toBe(closed.certificateId)
  await add(open)
  expect((await find(open.issue())).issuer?.certificateId).toBe(open.certificateId)
})

it('reads the options of the CA from its tags at each look-up', async () => {
  const ca = makeCa()
  const { certificateArn } = await add(ca)
  const options = async () => (await find(ca.issue())).issuer?.options
  expect(await options()).toEqual({})
  const tag = { Key: 'muster:first-connection', Value: 'hold' }
  await store.transact((db) => setTags(db, accountId, certificateArn, [tag]))
  expect(await options()).toEqual({ firstConnection: 'hold' })
  await store.transact((db) => deleteTags(db, accountId, certificateArn))
  expect(await options()).toEqual({})
})

it.each([
  ['a forged signature', (ca: TestCa) => ca.issue({ forged: true })],
  ['a CA that only calls itself so', () => makeCa().issue()],
  [
    'such a CA with a key of another kind',
    () => makeCa({ keyType: 'RSA-2048' }).issue({ authorityKeyId: false }),
  ],
  ['the name of the CA and no key identifier', () => makeCa().issue({ authorityKeyId: false })],
  ['the key identifier of another key', (ca: TestCa) => ca.issue({ authorityKeyId: Buffer.of(1, 2, 3) })],
])('shows a namesake but no issuer for %s', async (_, make) => {
  const ca = makeCa()
  await add(ca)
  const { issuer, namesake } = await find(make(ca))
  expect(issuer).toBeUndefined()
  expect(namesake?.certificateId).toBe(ca.certificateId)
})

it.each([
  ['nothing is registered', async () => makeCa().issue()],
  ['another subject is', async () => (await add(makeCa({ subject: 'CN=Other' })), makeCa().issue())],
  [
    'only the CA above its issuer is',
    async () => {
      const root = makeCa()
      await add(root)
      return root.issueCa().issue()
    },
  ],
  [
    'another account has the CA',
    async () => {
      const ca = makeCa()
      await add(ca, { accountId: '999999999999' })
      return ca.issue()
    },
  ],
])('finds nobody when %s', async (_, make) => {
  const leaf = await make()
  expect(await find(leaf)).toEqual({})
})
