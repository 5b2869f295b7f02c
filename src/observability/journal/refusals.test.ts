import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import { canonicalAddress, type JournalEntry } from './index.ts'
import { accountId, entry, openTestJournal } from './testing/test-journal.ts'

let store: Store
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const open = (maxEntries?: number) => openTestJournal(store, maxEntries)
const refused = (sourceIp: string, changes: Partial<JournalEntry> = {}) =>
  entry({ code: 'handshake-failed', sourceIp, ...changes })
const many = 100

describe('refusals', () => {
  it('are found by the address among those of others, however long ago', async () => {
    await using journal = open(100_000)
    journal.record(refused('192.0.2.7', { details: { error: 'first' } }))
    for (let index = 0; index < 2000; index += 1) {
      journal.record(entry({ clientId: `lamp-${index}`, sourceIp: '192.0.2.7' }))
      journal.record(refused('192.0.2.8'))
      if (index % 300 === 0) await journal.list({ accountId, limit: 1 })
    }
    journal.record(refused('192.0.2.7', { code: 'ca-unknown', certificateId: 'c' }))
    const found = await journal.listRefusals({ accountId, address: '192.0.2.7', limit: many })
    expect(found.map(({ code, details }) => [code, details])).toEqual([
      ['handshake-failed', { error: 'first' }],
      ['ca-unknown', {}],
    ])
  })

  it('are the newest so many, oldest first', async () => {
    await using journal = open()
    for (let round = 0; round < 5; round += 1) journal.record(refused('192.0.2.7', { details: { round } }))
    const rounds = async (address?: string) =>
      (await journal.listRefusals({ accountId, address, limit: 2 })).map(({ details }) => details?.['round'])
    expect(await rounds('192.0.2.7')).toEqual([3, 4])
    expect(await rounds()).toEqual([3, 4])
  })

  it('do not show what came from nowhere', async () => {
    await using journal = open()
    journal.record(entry({ code: 'crl-unavailable' }))
    expect(await journal.listRefusals({ accountId, limit: many })).toEqual([])
  })

  it.each<[string, Partial<JournalEntry>]>([
    ['what went well', { code: 'connected', clientId: 'lamp' }],
    ['what a connected device asked for', { code: 'publish-denied', clientId: 'lamp' }],
    ['another account', { accountId: '111111111111' }],
  ])('do not show %s', async (_, changes) => {
    await using journal = open()
    journal.record(refused('192.0.2.7', changes))
    expect(await journal.listRefusals({ accountId, limit: many })).toEqual([])
  })

  it('go when their entries go, and never show another entry', async () => {
    await using journal = open(1000)
    journal.record(refused('192.0.2.7'))
    for (let index = 0; index < 12_000; index += 1) journal.record(entry({ clientId: `lamp-${index}` }))
    expect(await journal.listRefusals({ accountId, limit: many })).toEqual([])
    expect(await store.read.selectFrom('journal_refusals').selectAll().execute()).toEqual([])
    journal.record(refused('192.0.2.8'))
    expect(await journal.listRefusals({ accountId, limit: many })).toMatchObject([{ sourceIp: '192.0.2.8' }])
  })

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
  ])('are asked for %s as %s', (address, canonical) => {
    expect(canonicalAddress(address)).toBe(canonical)
  })
})
