/** Kysely on Node's built-in SQLite.  */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type Dialect,
  type Kysely,
  type LimitNode,
  type QueryResult,
} from 'kysely'
import type { Acquire, QueryRunner } from './db.ts'
import { storeDriver } from './store-driver.ts'

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

export function sqliteDialect(acquire: Acquire): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => storeDriver(acquire),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new LimitingCompiler(),
  }
}

/**
 * SQLite looks at a parameter that is the limit itself when it plans, and so plans anew each time one is bound: a third of what a short
 * query costs. It does not look behind a sign (sqlite3ExprIsInteger in its expr.c).
 */
class LimitingCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    this.append('limit +')
    this.visitNode(node.limit)
  }
}

export class SqliteConnection implements QueryRunner {
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
