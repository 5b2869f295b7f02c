import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import type { JournalEntry } from './entry.ts'
import { openJournal } from './index.ts'
import { bucketCount, spans } from './subject-index.ts'
import { dropIndex, indexSpan, lengthen } from './subject-store.ts'

const accountId = '000000000000'
const at = new Date('2026-11-01T00:00:00Z')
const devices = 700

let store: Store
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(() => store[Symbol.asyncDispose]())

const open = (maxEntries = 1_000_000, now = at) =>
  openJournal({ store, log: createLog('silent'), now: () => now, maxEntries, maxAgeDays: 30 })

/** The `number`th entry, from 1, which is its id. */
const entryOf = (number: number): JournalEntry => ({
  accountId,
  at,
  code: 'connected',
  clientId: `lamp-${number % devices}`,
  ...(number % 3 === 0 && { thingName: `thing-${number % devices}` }),
  details: {},
})

async function record(journal: ReturnType<typeof open>, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    journal.record(entryOf(number))
    if (number % 5000 === 0) await journal.list({ accountId, limit: 1 })
  }
  await journal.list({ accountId, limit: 1 })
}

/** Ids of the newest entries about the device, the oldest first. */
function expected(
  device: number,
  { from = 1, to, limit }: { from?: number; to: number; limit: number },
): number[] {
  const ids = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  return ids.filter((id) => id % devices === device).slice(-limit)
}

async function idsOf(journal: ReturnType<typeof open>, subject: string, limit: number): Promise<number[]> {
  return (await journal.list({ accountId, subject, limit })).map(({ entryId }) => entryId)
}

const indexRows = async () =>
  (
    await store.read.selectFrom('journal_subjects').select(['span', 'first_entry_id']).distinct().execute()
  ).map(({ span, first_entry_id }) => `${span} ${first_entry_id}`)

describe('what is recorded about a device', () => {
  it('is found in whole, at the end of a long journal and far behind', async () => {
    const total = spans.long + 3 * spans.middle + 2 * spans.short + 300
    await using journal = open()
    await record(journal, 1, total)
    expect((await indexRows()).toSorted()).toEqual(
      [
        `${spans.long} 0`,
        ...[0, 1, 2].map((place) => `${spans.middle} ${spans.long + place * spans.middle}`),
        ...[0, 1].map((place) => `${spans.short} ${spans.long + 3 * spans.middle + place * spans.short}`),
      ].toSorted(),
    )
    for (const device of [0, 1, 333, devices - 1])
      for (const limit of [1, 40, 100_000])
        expect(await idsOf(journal, `lamp-${device}`, limit)).toEqual(expected(device, { to: total, limit }))
    const things = await idsOf(journal, 'thing-3', 100_000)
    expect(things).toEqual(expected(3, { to: total, limit: 100_000 }).filter((id) => id % 3 === 0))
    expect(await idsOf(journal, 'nobody', 10)).toEqual([])
  })

  it('is found in a journal of before there was an index, and when that is being caught up with', async () => {
    const before = 6 * spans.middle
    {
      await using journal = open()
      await record(journal, 1, before)
    }
    for (const table of ['journal_subjects', 'journal_indexed'] as const)
      await store.transact((db) => db.deleteFrom(table).execute())
    await using journal = open()
    expect(await idsOf(journal, 'lamp-7', 100_000)).toEqual(expected(7, { to: before, limit: 100_000 }))
    await record(journal, before + 1, before + 1)
    expect(await indexRows()).toHaveLength(4)
    expect(await idsOf(journal, 'lamp-7', 100_000)).toEqual(expected(7, { to: before + 1, limit: 100_000 }))
    await record(journal, before + 2, before + 2)
    expect(await indexRows()).toHaveLength(6)
    expect(await idsOf(journal, 'lamp-7', 100_000)).toEqual(expected(7, { to: before + 2, limit: 100_000 }))
  })

  it('is found where an earlier run ended among the steps that make a longer span', async () => {
    const total = spans.middle + 100
    {
      await using journal = open()
      await record(journal, 1, total)
    }
    await store.transact(async (db) => {
      await dropIndex(db, accountId)
      let indexed = { firstEntryId: 0, nextEntryId: 0 }
      while (indexed.nextEntryId < spans.middle)
        indexed = await indexSpan(db, accountId, indexed, spans.short)
      const step = { from: spans.short, to: spans.middle, nextEntryId: spans.middle }
      for (let bucket = 0; bucket < bucketCount(spans.short) / 2; bucket++)
        await lengthen(db, accountId, { ...step, bucket })
    })
    await using journal = open()
    for (let device = 0; device < devices; device += 50)
      expect(await idsOf(journal, `lamp-${device}`, 100)).toEqual(expected(device, { to: total, limit: 100 }))
    await record(journal, total + 1, total + 1)
    expect(await indexRows()).toEqual([`${spans.middle} 0`])
    for (let device = 0; device < devices; device += 50)
      expect(await idsOf(journal, `lamp-${device}`, 100)).toEqual(
        expected(device, { to: total + 1, limit: 100 }),
      )
  })

  it('is gone when it is too much', async () => {
    await using journal = open(1000)
    await record(journal, 1, 20_000)
    const kept = (await journal.list({ accountId, limit: 100_000 }))[0]?.entryId ?? 0
    expect(await idsOf(journal, 'lamp-7', 100_000)).toEqual(
      expected(7, { from: kept, to: 20_000, limit: 100_000 }),
    )
  })

  it('is gone from the index with the entries of a whole long span', async () => {
    const total = spans.long + spans.middle + 1000
    await using journal = open(1000)
    await record(journal, 1, total)
    expect((await indexRows()).toSorted()).toEqual(
      [`${spans.short} ${spans.long + spans.middle}`, `${spans.middle} ${spans.long}`].toSorted(),
    )
    const kept = (await journal.list({ accountId, limit: 100_000 }))[0]?.entryId ?? 0
    expect(await idsOf(journal, 'lamp-7', 100_000)).toEqual(
      expected(7, { from: kept, to: total, limit: 100_000 }),
    )
  })

  it('is found in a journal that was emptied and begins anew', async () => {
    {
      await using journal = open()
      await record(journal, 1, 2 * spans.short)
    }
    await store.transact((db) => db.deleteFrom('journal_blocks').execute())
    await using journal = open()
    await record(journal, 1, spans.short - 10)
    expect(await idsOf(journal, 'lamp-7', 100_000)).toEqual(
      expected(7, { to: spans.short - 10, limit: 100_000 }),
    )
  })

  it('leaves no index behind when all of it was too old', async () => {
    {
      await using journal = open()
      await record(journal, 1, 10_000)
    }
    await using journal = open(1_000_000, new Date(at.getTime() + 31 * 86_400_000))
    await record(journal, 10_001, 20_000)
    expect(await indexRows()).toEqual([])
    expect(await idsOf(journal, 'lamp-7', 10)).toEqual([])
  })
})
