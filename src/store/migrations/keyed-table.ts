import { sql, SqliteAdapter, type CreateTableBuilder, type Kysely } from 'kysely'

/**
 * Begins a table whose rows are little more than their primary key. SQLite is told to keep them in the key's own
 * B-tree instead of in a second one (sqlite.org/withoutrowid.html): half the pages to write for each row.
 */
export function createKeyedTable<Name extends string>(
  db: Kysely<unknown>,
  name: Name,
): CreateTableBuilder<Name> {
  const table = db.schema.createTable(name)
  return db.getExecutor().adapter instanceof SqliteAdapter ? table.modifyEnd(sql`without rowid`) : table
}
