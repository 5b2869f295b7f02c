/** Kysely on Node's built-in SQLite.  */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely'

const maxCachedStatements = 500

interface PreparedStatement {
  /** Gives rows as arrays: the objects that SQLite itself makes of them are slow to make and to read. */
  statement: StatementSync
  /** Empty for a statement that returns no rows. */
  columns: readonly string[]
}

function toObject(columns: readonly string[], row: readonly SQLOutputValue[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) object[columns[index] ?? ''] = row[index]
  return object
}

/** `acquire` picks the connection that a query runs on, each time. */
export function sqliteDialect(acquire: () => SqliteConnection): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => sqliteDriver(acquire),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Transactions are the store's own affair: see `group-commit.ts`. */
function sqliteDriver(acquire: () => SqliteConnection): Driver {
  const refuse = () => Promise.reject(new Error('use store.transact'))
  const connection: DatabaseConnection = {
    // not before: between the two, a transaction may begin on what was picked
    executeQuery: (query) => acquire().executeQuery(query),
    streamQuery: () => acquire().streamQuery(),
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

export class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #isForReading: boolean
  readonly #statements = new Map<string, PreparedStatement>()

  constructor(database: DatabaseSync, { isForReading }: { isForReading: boolean }) {
    this.#database = database
    this.#isForReading = isForReading
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { statement, columns } = this.#prepare(sql)
    const values = parameters as SQLInputValue[]
    if (columns.length > 0) {
      const rows = statement.all(...values) as unknown as SQLOutputValue[][]
      return { rows: rows.map((row) => toObject(columns, row) as Row) }
    }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  // oxlint-disable-next-line require-yield -- SQLite answers at once; nothing here streams
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new Error('streaming queries are not used')
  }

  #prepare(sql: string) {
    const known = this.#statements.get(sql)
    if (known) return known
    if (this.#isForReading && !/^(select|with|pragma) /i.test(sql))
      throw new Error('this connection is for reading only')
    const statement = this.#database.prepare(sql)
    const columns = statement.columns().map(({ name }) => name)
    statement.setReturnArrays(true)
    const prepared = { statement, columns }
    if (this.#statements.size >= maxCachedStatements) {
      const oldest = this.#statements.keys().next()
      if (!oldest.done) this.#statements.delete(oldest.value)
    }
    this.#statements.set(sql, prepared)
    return prepared
  }
}
