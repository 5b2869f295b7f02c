/** The journal by time, reason, level, CA, and address. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { Store } from '../../store/index.ts'
import type { JournalEntry } from './entry.ts'
import { isWanted, type EntryFilter } from './filter.ts'
import type { Journal } from './index.ts'
import { fullBlock } from './block-sizes.ts'
import { maxFilteredBlocks, type JournalQuestion } from './list-entries.ts'
import { accountId, at, entry, openTestJournal } from './testing/test-journal.ts'

let store: Store
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
})

const later = (ms: number) => new Date(at.getTime() + ms)

describe('an entry', () => {
  const ca = 'c'.repeat(64)
  it.each<[string, EntryFilter, Partial<JournalEntry>, boolean]>([
    ['at the moment that it begins', { after: at }, {}, true],
    ['earlier than it begins', { after: later(1) }, {}, false],
    ['at the moment that it ends', { before: at }, {}, false],
    ['before it ends', { before: later(1) }, {}, true],
    ['with one of the reasons', { codes: ['ca-unknown', 'connected'] }, {}, true],
    ['with another reason', { codes: ['ca-unknown'] }, {}, false],
    ['without a reason that is asked for', { codes: [] }, {}, false],
    ['of the level', { level: 'warn' }, { code: 'ca-unknown' }, true],
    ['of another level', { level: 'warn' }, {}, false],
    ['of a device of the CA', { caCertificateId: ca }, { caCertificateId: ca }, true],
    ['whose details name the CA', { caCertificateId: ca }, { details: { ca } }, true],
    [
      'of a device of another CA',
      { caCertificateId: ca },
      { caCertificateId: 'd'.repeat(64), details: { ca } },
      false,
    ],
    ['without a CA', { caCertificateId: ca }, {}, false],
    ['from the address', { address: '192.0.2.1' }, { sourceIp: '192.0.2.1' }, true],
    ['from another address', { address: '192.0.2.1' }, { sourceIp: '192.0.2.10' }, false],
    ['that passes one filter and not another', { level: 'info', after: later(1) }, {}, false],
  ])('%s', (_, filter, changes, expected) => expect(isWanted(entry(changes), filter)).toBe(expected))
})

/** Entry n, from 1, at n seconds past the beginning; every hundredth is a refusal. */
async function fill(journal: Journal, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    const code = n % 100 === 0 ? 'ca-unknown' : 'connected'
    journal.record(entry({ code, clientId: `lamp-${n % 10}`, at: later(n * 1000) }))
    if (n % 300 === 0) await journal.list({ accountId, limit: 1 })
  }
  await journal.list({ accountId, limit: 1 })
}

type Asked = Omit<JournalQuestion, 'accountId'>

const ask = async (journal: Journal, question: Asked) => {
  const { entries, marker } = await journal.listPage({ accountId, ...question })
  return { ids: entries.map(({ entryId }) => entryId), marker }
}

/** All pages, the newest first. */
async function askAll(journal: Journal, question: Asked): Promise<number[]> {
  const pages: number[][] = []
  let marker: number | undefined
  do {
    const page = await ask(journal, { ...question, marker })
    pages.unshift(page.ids)
    marker = page.marker
  } while (marker !== undefined)
  return pages.flat()
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

describe('a page of the journal', () => {
  it('has the entries of a range of time, to the second, wherever in the journal they are', async () => {
    await using journal = openTestJournal(store, 100_000)
    await fill(journal, 3000)
    for (const [first, end] of [
      [1, 2],
      [1, 30],
      [255, 259],
      [1111, 1222],
      [2990, 3000],
      [2999, 3001],
    ] as const) {
      const filter = { after: later(first * 1000), before: later(end * 1000) }
      expect(await ask(journal, { limit: 1000, filter })).toEqual({
        ids: upTo(first, end - 1),
        marker: undefined,
      })
    }
    expect((await ask(journal, { limit: 10, filter: { before: later(0) } })).ids).toEqual([])
    expect((await ask(journal, { limit: 10, filter: { after: later(3_000_001) } })).ids).toEqual([])
    const ofOne = { subject: 'lamp-7', filter: { before: later(1000 * 1000) } }
    expect((await ask(journal, { limit: 2, ...ofOne })).ids).toEqual([987, 997])
  })

  it('leads on to what is older, until nothing is', async () => {
    await using journal = openTestJournal(store, 100_000)
    await fill(journal, 1000)
    const refused = Array.from({ length: 10 }, (_, n) => 100 * (n + 1))
    for (const limit of [1, 3, 10, 1000])
      expect(await askAll(journal, { limit, filter: { level: 'warn' } })).toEqual(refused)
    expect(await askAll(journal, { limit: 300 })).toEqual(upTo(1, 1000))
    expect(await askAll(journal, { limit: 7, subject: 'lamp-0', filter: { codes: ['ca-unknown'] } })).toEqual(
      refused,
    )
  })

  it('is found in the index of devices too, a page after the other', async () => {
    await using journal = openTestJournal(store, 100_000)
    await fill(journal, 9000) // two spans are indexed
    const filter = { after: later(500 * 1000), before: later(8500 * 1000), codes: ['ca-unknown' as const] }
    expect(await askAll(journal, { limit: 30, subject: 'lamp-0', filter })).toEqual(
      Array.from({ length: 80 }, (_, n) => 500 + 100 * n),
    )
  })

  it('reads so many blocks at most when nothing passes, and says where to go on', async () => {
    await using journal = openTestJournal(store, 1_000_000)
    journal.record(entry({ code: 'ca-unknown', sourceIp: '192.0.2.1' }))
    await fill(journal, 21_000)
    const filter = { address: '192.0.2.1' }
    const { ids, marker } = await ask(journal, { limit: 10, filter })
    expect(ids).toEqual([])
    expect(marker).toBeLessThan(21_001 - fullBlock * (maxFilteredBlocks - 2))
    expect(await askAll(journal, { limit: 10, filter })).toEqual([1])
  })

  it('is of one account', async () => {
    await using journal = openTestJournal(store)
    journal.record(entry({ accountId: '111111111111' }))
    const filter = { before: later(1) }
    expect(await ask(journal, { limit: 1, filter })).toEqual({ ids: [], marker: undefined })
  })
})
