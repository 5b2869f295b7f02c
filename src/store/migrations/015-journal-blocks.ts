import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { fingerprint } from '../../lib/fingerprint.ts'

/** A row of the table before. */
interface EntryRow {
  account_id: string
  /** Microseconds since the epoch. */
  entry_id: number
  code: string
  certificate_id: string | null
  ca_certificate_id: string | null
  client_id: string | null
  thing_name: string | null
  source_ip: string | null
  details: string
}

const entriesABlock = 256

/** Rows with indexes become blocks, in which entries are numbered from 1. */
export const journalBlocks: Migration = {
  async up(db) {
    await db.schema
      .createTable('journal_blocks')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('first_entry_id', 'bigint', (column) => column.notNull())
      .addColumn('entries', 'integer', (column) => column.notNull())
      .addColumn('newest_at', 'bigint', (column) => column.notNull())
      .addColumn('subjects', 'bytea', (column) => column.notNull())
      .addColumn('lines', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_blocks_key', ['account_id', 'first_entry_id'])
      .execute()
    const accounts = await sql<{ account_id: string }>`select distinct account_id from journal`.execute(db)
    for (const { account_id } of accounts.rows) await convert(db, account_id)
    await db.schema.dropTable('journal').execute()
  },
}

async function convert(db: Kysely<unknown>, accountId: string): Promise<void> {
  let firstEntryId = 1
  let after = -1
  for (;;) {
    const { rows } = await sql<EntryRow>`select * from journal where account_id = ${accountId}
      and entry_id > ${after} order by entry_id limit ${entriesABlock}`.execute(db)
    const last = rows.at(-1)
    if (!last) return
    const newestAt = Math.floor(last.entry_id / 1000)
    const lines = rows.map(toLine).join('')
    await sql`insert into journal_blocks (account_id, first_entry_id, entries, newest_at, subjects, lines)
      values (${accountId}, ${firstEntryId}, ${rows.length}, ${newestAt}, ${toSubjects(rows)}, ${lines})`.execute(
      db,
    )
    firstEntryId += rows.length
    after = last.entry_id
  }
}

function toLine(row: EntryRow): string {
  const line = {
    at: Math.floor(row.entry_id / 1000),
    code: row.code,
    certificateId: row.certificate_id ?? undefined,
    caCertificateId: row.ca_certificate_id ?? undefined,
    clientId: row.client_id ?? undefined,
    thingName: row.thing_name ?? undefined,
    sourceIp: row.source_ip ?? undefined,
    details: JSON.parse(row.details) as unknown,
  }
  return `${JSON.stringify(line)}\n`
}

function toSubjects(rows: readonly EntryRow[]): Uint8Array {
  const subjects = rows.flatMap((row) => [row.certificate_id, row.client_id, row.thing_name])
  const bytes = new DataView(new ArrayBuffer(subjects.length * 4))
  subjects.forEach((subject, place) =>
    bytes.setUint32(place * 4, subject === null ? 0 : fingerprint(subject), true),
  )
  return new Uint8Array(bytes.buffer)
}
