/** What a PostgreSQL database must be like, asked before anything is written. */
import type { PostgresWriter } from './writer.ts'

const oldestVersion = 14
/** Text is ordered by its bytes, as with SQLite: pages and prefixes depend on it. */
const collations = new Set(['C', 'POSIX', 'C.UTF-8', 'C.utf8', 'ucs_basic'])

interface Settings {
  version: string
  encoding: string
  collation: string
  commit: string
}

/** @throws {Error} for a person, saying what to do */
export async function checkServer(writer: Pick<PostgresWriter, 'ask'>): Promise<void> {
  const [settings] = await writer.ask<Settings>(`select current_setting('server_version_num') as version,
    current_setting('server_encoding') as encoding, datcollate as collation,
    current_setting('synchronous_commit') as commit from pg_database where datname = current_database()`)
  if (settings) for (const fault of faultsOf(settings)) throw new Error(fault)
}

function* faultsOf({ version, encoding, collation, commit }: Settings): Iterable<string> {
  const major = Math.floor(Number(version) / 10_000)
  if (major < oldestVersion)
    yield `PostgreSQL ${oldestVersion} or later is needed, the database's is ${major}`
  if (encoding !== 'UTF8' || !collations.has(collation)) {
    yield (
      `the database must have encoding UTF8 and collation C, it has ${encoding} and ${collation}: make it with ` +
        "create database muster template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
    )
  }
  if (commit === 'off') {
    yield (
      'synchronous_commit is off for this database, so what it acknowledges may be lost: ' +
        'alter database ... set synchronous_commit = on'
    )
  }
}
