import { Kysely, type CompiledQuery, type Dialect, type KyselyPlugin, type QueryResult } from 'kysely'
import type { Tables } from './tables/index.ts'

/** A connection to query with: the store's own for reading, or a transaction's. */
export type Db = Kysely<Tables>

/** What a query runs on. */
export interface QueryRunner {
  executeQuery: <Row>(query: CompiledQuery<Row>) => Promise<QueryResult<Row>>
}

/** Picks the connection that a query runs on, each time. */
export type Acquire = () => QueryRunner

const connections = new WeakMap<Db, Acquire>()

export function createDb(
  acquire: Acquire,
  toDialect: (acquire: Acquire) => Dialect,
  plugins: KyselyPlugin[] = [],
): Db {
  const db = new Kysely<Tables>({ dialect: toDialect(acquire), plugins })
  connections.set(db, acquire)
  return db
}

/** Runs compiled queries past Kysely's own steps, which would do nothing to them. */
export const connectionOf = (db: Db): QueryRunner => connections.get(db)?.() ?? db
