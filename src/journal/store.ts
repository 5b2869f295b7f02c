import { bindAll, prepareQuery, type Bind, type Db, type Tables } from '../store/index.ts'
import type { JournalCode } from './codes.ts'
import type { JournalEntry } from './entry.ts'

/** An entry with the id it was written under: microseconds since the epoch, unique in its account. */
export interface StoredEntry extends JournalEntry {
  entryId: number
}

const insertEntry = prepareQuery((db, value: Bind<Tables['journal']>) =>
  db
    .insertInto('journal')
    .values(
      bindAll(value, [
        'account_id',
        'entry_id',
        'code',
        'certificate_id',
        'ca_certificate_id',
        'client_id',
        'thing_name',
        'source_ip',
        'details',
      ]),
    ),
)

export async function insertEntries(db: Db, entries: readonly StoredEntry[]): Promise<void> {
  for (const entry of entries) {
    await insertEntry(db, {
      account_id: entry.accountId,
      entry_id: entry.entryId,
      code: entry.code,
      certificate_id: entry.certificateId ?? null,
      ca_certificate_id: entry.caCertificateId ?? null,
      client_id: entry.clientId ?? null,
      thing_name: entry.thingName ?? null,
      source_ip: entry.sourceIp ?? null,
      details: JSON.stringify(entry.details ?? {}),
    })
  }
}

/** What a question about one device asks for; `subject` is a certificate id, client id, or thing name. */
export interface JournalQuestion {
  accountId: string
  subject?: string
  /** At most this many of the newest entries. */
  limit: number
}

/** Oldest first. */
export async function listEntries(
  db: Db,
  { accountId, subject, limit }: JournalQuestion,
): Promise<StoredEntry[]> {
  let query = db.selectFrom('journal').selectAll().where('account_id', '=', accountId)
  if (subject !== undefined) {
    query = query.where((is) =>
      is.or([
        is('certificate_id', '=', subject),
        is('client_id', '=', subject),
        is('thing_name', '=', subject),
      ]),
    )
  }
  const rows = await query.orderBy('entry_id', 'desc').limit(limit).execute()
  return rows.toReversed().map((row) => ({
    accountId: row.account_id,
    entryId: row.entry_id,
    at: new Date(row.entry_id / 1000),
    code: row.code as JournalCode,
    ...(row.certificate_id !== null && { certificateId: row.certificate_id }),
    ...(row.ca_certificate_id !== null && { caCertificateId: row.ca_certificate_id }),
    ...(row.client_id !== null && { clientId: row.client_id }),
    ...(row.thing_name !== null && { thingName: row.thing_name }),
    ...(row.source_ip !== null && { sourceIp: row.source_ip }),
    details: JSON.parse(row.details) as NonNullable<JournalEntry['details']>,
  }))
}

/** Deletes what is older than `before` and all but the newest `maxEntries` of each account. */
export async function pruneEntries(
  db: Db,
  { before, maxEntries }: { before: Date; maxEntries: number },
): Promise<void> {
  await db
    .deleteFrom('journal')
    .where('entry_id', '<', before.getTime() * 1000)
    .execute()
  const accounts = await db.selectFrom('journal').select('account_id').distinct().execute()
  for (const { account_id: accountId } of accounts) {
    const oldestKept = await db
      .selectFrom('journal')
      .select('entry_id')
      .where('account_id', '=', accountId)
      .orderBy('entry_id', 'desc')
      .offset(maxEntries - 1)
      .limit(1)
      .executeTakeFirst()
    if (!oldestKept) continue
    await db
      .deleteFrom('journal')
      .where('account_id', '=', accountId)
      .where('entry_id', '<', oldestKept.entry_id)
      .execute()
  }
}
