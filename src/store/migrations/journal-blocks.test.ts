import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { entriesOf } from '../../observability/journal/block.ts'
import { createDb } from '../db.ts'
import { SqliteConnection, sqliteDialect } from '../sqlite-dialect.ts'
import { journal } from './006-journal.ts'
import { journalBlocks } from './015-journal-blocks.ts'

const at = Date.parse('2026-01-02T03:04:05.678Z')

it('keeps every entry of the journal as it was', async () => {
  using database = new DatabaseSync(':memory:')
  const connection = new SqliteConnection(database, { isForReading: false })
  const db = createDb(() => connection, sqliteDialect)
  await journal.up(db)
  const count = 600
  for (let place = 0; place < count; place += 1) {
    for (const account of ['000000000001', '000000000002'])
      await sql`insert into journal values (${account}, ${(at + place) * 1000}, 'connected', ${place === 1 ? 'cert' : null}, null,
        ${`lamp-${place}`}, null, '192.0.2.7', '{"protocol":"MQTT 5"}')`.execute(db)
  }
  await journalBlocks.up(db)
  const blocks = await db
    .selectFrom('journal_blocks')
    .selectAll()
    .where('account_id', '=', '000000000002')
    .orderBy('first_entry_id')
    .execute()
  const found = blocks.flatMap(({ first_entry_id: firstEntryId, subjects, lines }) =>
    entriesOf({ firstEntryId, subjects, lines }, { accountId: '000000000002' }),
  )
  expect(found).toEqual(
    Array.from({ length: count }, (_, place) => ({
      accountId: '000000000002',
      entryId: place + 1,
      at: new Date(at + place),
      code: 'connected',
      ...(place === 1 && { certificateId: 'cert' }),
      clientId: `lamp-${place}`,
      sourceIp: '192.0.2.7',
      details: { protocol: 'MQTT 5' },
    })),
  )
  const [first] = blocks
  expect(entriesOf({ firstEntryId: 1, ...first! }, { accountId: '1', subject: 'lamp-7' })).toHaveLength(1)
  expect(blocks.map(({ newest_at }) => newest_at)).toEqual([at + 255, at + 511, at + 599])
  await expect(sql`select * from journal`.execute(db)).rejects.toThrow('no such table')
})
