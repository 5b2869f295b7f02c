/** The index of subjects on disk: see `subject-index.ts`. */
import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../../store/index.ts'
import { forEachMention } from './block.ts'
import { findStartOfBlock } from './start-of-block-store.ts'
import {
  bucketCount,
  bucketOf,
  bytesOf,
  findPlaces,
  Mentions,
  spans,
  type Lengthening,
  type Span,
} from './subject-index.ts'

/** Entries of an account from the first on, up to the next, are in the index. */
export interface Indexed {
  firstEntryId: number
  nextEntryId: number
}

const selectIndexed = prepareQuery((db, value: Bind<{ accountId: string }>) =>
  db
    .selectFrom('journal_indexed')
    .select(['first_entry_id as firstEntryId', 'next_entry_id as nextEntryId'])
    .where('account_id', '=', value('accountId')),
)

export async function findIndexed(db: Db, accountId: string): Promise<Indexed | undefined> {
  return (await selectIndexed(db, { accountId })).rows[0]
}

/** Indexes one more span. All entries in it have been written; nobody else may write to the journal meanwhile. */
export async function indexSpan(db: Db, accountId: string, indexed: Indexed, span: Span): Promise<Indexed> {
  const from = indexed.nextEntryId
  const grown = { ...indexed, nextEntryId: from + span }
  const key = { accountId, span, from }
  await insertMentions(db, key, await readMentions(db, key))
  const { firstEntryId: first_entry_id, nextEntryId: next_entry_id } = grown
  await db
    .insertInto('journal_indexed')
    .values({ account_id: accountId, first_entry_id, next_entry_id })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet({ first_entry_id, next_entry_id }))
    .execute()
  return grown
}

/** From the blocks that the span lies in. */
async function readMentions(db: Db, { accountId, span, from }: SpanKey): Promise<Mentions> {
  const mentions = new Mentions(span)
  const end = from + span
  const blocks = await db
    .selectFrom('journal_blocks')
    .select(['first_entry_id', 'subjects'])
    .where('account_id', '=', accountId)
    .where('first_entry_id', '>=', (await findStartOfBlock(db, accountId, from)) ?? from)
    .where('first_entry_id', '<', end)
    .orderBy('first_entry_id')
    .limit(span) // no block is empty
    .execute()
  for (const { first_entry_id, subjects } of blocks) {
    forEachMention(subjects, (fingerprint, place) => {
      const id = first_entry_id + place
      if (id >= from && id < end) mentions.add(fingerprint, id - from)
    })
  }
  return mentions
}

interface SpanKey {
  accountId: string
  span: Span
  /** The first id of the span. */
  from: number
}

const insertRow = prepareQuery((db, value: Bind<Tables['journal_subjects']>) =>
  db
    .insertInto('journal_subjects')
    .values(bindAll(value, ['account_id', 'span', 'bucket', 'first_entry_id', 'mentions'])),
)

async function insertMentions(db: Db, { accountId, span, from }: SpanKey, gathered: Mentions): Promise<void> {
  for (const { bucket, mentions } of gathered.buckets())
    await insertRow(db, { account_id: accountId, span, bucket, first_entry_id: from, mentions })
}

/**
 * Makes longer spans of those that are in whole ones, of one of their buckets: that takes a moment, and a question finds what
 * it asks for in either kind, so others get their turn in between.
 */
export async function lengthen(
  db: Db,
  accountId: string,
  { from, to, bucket, nextEntryId }: Lengthening & { bucket: number; nextEntryId: number },
): Promise<void> {
  const rows = await db
    .deleteFrom('journal_subjects')
    .where('account_id', '=', accountId)
    .where('span', '=', from)
    .where('bucket', '=', bucket)
    .where('first_entry_id', '<', nextEntryId - (nextEntryId % to))
    .returning(['first_entry_id', 'mentions'])
    .execute()
  const starts = Map.groupBy(rows, (row) => row.first_entry_id - (row.first_entry_id % to))
  for (const [start, own] of starts) {
    const mentions = new Mentions(to)
    for (const row of own) mentions.addBucket(row.mentions, row.first_entry_id - start)
    await insertMentions(db, { accountId, span: to, from: start }, mentions)
  }
}

const spansAPage = 32

interface BucketPage {
  accountId: string
  span: number
  bucket: number
  before: number
  wanted: Uint8Array
}

/** Pieces that may mention a fingerprint: few have its bytes, and the others stay in the database. */
const selectBuckets = prepareQuery((db, value: Bind<BucketPage>) =>
  db
    .selectFrom('journal_subjects')
    .select(['first_entry_id', 'mentions'])
    .where('account_id', '=', value('accountId'))
    .where('span', '=', value('span'))
    .where('bucket', '=', value('bucket'))
    .where('first_entry_id', '<', value('before'))
    .where((where) => where(where.fn<number>('instr', ['mentions', where.val(value('wanted'))]), '>', 0))
    .orderBy('first_entry_id', 'desc')
    .limit(spansAPage),
)

/** Ids below `end` of entries that may mention a subject of that fingerprint, the newest first; of those that are indexed. */
export async function* listMentions(
  db: Db,
  accountId: string,
  { fingerprint, end }: { fingerprint: number; end: number },
): AsyncGenerator<number> {
  const wanted = bytesOf(fingerprint)
  for (const span of Object.values(spans)) {
    const bucket = bucketOf(fingerprint, span)
    let before = end
    for (;;) {
      const { rows } = await selectBuckets(db, { accountId, span, bucket, before, wanted })
      for (const { first_entry_id, mentions } of rows)
        for (const place of findPlaces(mentions, fingerprint).toReversed())
          if (first_entry_id + place < end) yield first_entry_id + place
      const last = rows.at(-1)
      if (!last || rows.length < spansAPage) break
      before = last.first_entry_id
    }
  }
}

/** Forgets long spans whose entries are all gone, and everything of an account that has none left. */
export async function pruneSubjects(db: Db): Promise<void> {
  for await (const { accountId, indexed } of accountsWithIndex(db)) {
    const oldest = await findOldestEntryId(db, accountId)
    if (oldest === undefined) await dropIndex(db, accountId)
    else await dropSpansBefore(db, accountId, { indexed, before: oldest - (oldest % spans.long) })
  }
}

export async function dropIndex(db: Db, accountId: string): Promise<void> {
  for (const table of ['journal_subjects', 'journal_indexed'] as const)
    await db.deleteFrom(table).where('account_id', '=', accountId).execute()
}

async function dropSpansBefore(
  db: Db,
  accountId: string,
  { indexed, before }: { indexed: Indexed; before: number },
): Promise<void> {
  if (indexed.firstEntryId >= before) return
  for (let bucket = 0; bucket < bucketCount(spans.long); bucket++)
    await db
      .deleteFrom('journal_subjects')
      .where('account_id', '=', accountId)
      .where('span', '=', spans.long)
      .where('bucket', '=', bucket)
      .where('first_entry_id', '<', before)
      .execute()
  await db
    .updateTable('journal_indexed')
    .set({ first_entry_id: before })
    .where('account_id', '=', accountId)
    .execute()
}

async function* accountsWithIndex(db: Db): AsyncGenerator<{ accountId: string; indexed: Indexed }> {
  let after = ''
  for (;;) {
    const row = await db
      .selectFrom('journal_indexed')
      .selectAll()
      .where('account_id', '>', after)
      .orderBy('account_id')
      .limit(1)
      .executeTakeFirst()
    if (!row) return
    after = row.account_id
    const indexed = { firstEntryId: row.first_entry_id, nextEntryId: row.next_entry_id }
    yield { accountId: row.account_id, indexed }
  }
}

/** Of those that there are. */
export async function findOldestEntryId(db: Db, accountId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('journal_blocks')
    .select('first_entry_id')
    .where('account_id', '=', accountId)
    .orderBy('first_entry_id')
    .limit(1)
    .executeTakeFirst()
  return row?.first_entry_id
}
