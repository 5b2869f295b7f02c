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
const togethers = new WeakMap<Db, Db>()
const origins = new WeakMap<Db, Db>()

export function createDb(
  acquire: Acquire,
  toDialect: (acquire: Acquire) => Dialect,
  plugins: KyselyPlugin[] = [],
): Db {
  const db = new Kysely<Tables>({ dialect: toDialect(acquire), plugins })
  connections.set(db, acquire)
  return db
}

/** From now on `together` is what works that are done side by side write with, where one alone writes with `db`. */
export function joinDbs(db: Db, together: Db): void {
  togethers.set(db, together)
  origins.set(together, db)
}

/** Undefined where works are done one after the other. */
export const togetherOf = (db: Db): Db | undefined => togethers.get(db)

/** The same for all that a store writes with: for what is known of a store by the `db` of its transactions. */
export const originOf = (db: Db): Db => origins.get(db) ?? db

/** Runs compiled queries past Kysely's own steps, which would do nothing to them. */
export const connectionOf = (db: Db): QueryRunner => connections.get(db)?.() ?? db
