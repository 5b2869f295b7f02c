import { Kysely, type CompiledQuery, type QueryResult } from 'kysely'
import { sqliteDialect, type SqliteConnection } from './sqlite-dialect.ts'
import type { Tables } from './tables/index.ts'

/** A connection to query with: the store's own for reading, or a transaction's. */
export type Db = Kysely<Tables>

interface QueryRunner {
  executeQuery: <Row>(query: CompiledQuery<Row>) => Promise<QueryResult<Row>>
}

const connections = new WeakMap<Db, () => SqliteConnection>()

/** `acquire` picks the connection that a query runs on, each time. */
export function createDb(acquire: () => SqliteConnection): Db {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(acquire) })
  connections.set(db, acquire)
  return db
}

/** Runs compiled queries past Kysely's own steps, which would do nothing to them. */
export const connectionOf = (db: Db): QueryRunner => connections.get(db)?.() ?? db
