import type { CompiledQuery, DatabaseConnection, Driver } from 'kysely'
import type { Acquire } from './db.ts'

/** Kysely's way to the store's connections. Transactions are the store's own affair: see `group-commit.ts`. */
export function storeDriver(acquire: Acquire): Driver {
  const refuse = () => Promise.reject(new Error('use store.transact'))
  const connection: DatabaseConnection = {
    // not before: between the two, a transaction may begin on what was picked
    executeQuery: <Row>(query: CompiledQuery) => acquire().executeQuery(query as CompiledQuery<Row>),
    // oxlint-disable-next-line require-yield -- nothing here streams
    async *streamQuery() {
      throw new Error('streaming queries are not used')
    },
  }
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => {},
    destroy: async () => {},
  }
}
