/** Kysely on PostgreSQL. */
import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type Dialect,
  type FunctionNode,
  type Kysely,
  type QueryResult,
} from 'kysely'
import type { QueryResult as PgResult } from 'pg'
import type { Acquire, QueryRunner } from '../db.ts'
import { storeDriver } from '../store-driver.ts'
import { toParameter, valueTypes } from './values.ts'

export function postgresDialect(acquire: Acquire): Dialect {
  return {
    createAdapter: () => new OwnAdapter(),
    createDriver: () => storeDriver(acquire),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => new OwnCompiler(),
  }
}

/** The schema is brought up to date in a transaction of the store's, by the one server that holds the database. */
class OwnAdapter extends PostgresAdapter {
  override get supportsTransactionalDdl(): boolean {
    return false
  }

  override async acquireMigrationLock(): Promise<void> {}

  override async releaseMigrationLock(): Promise<void> {}
}

/** What SQLite calls `instr` is `position` here, with the same parameters. */
class OwnCompiler extends PostgresQueryCompiler {
  protected override visitFunction(node: FunctionNode): void {
    super.visitFunction(node.func === 'instr' ? { ...node, func: 'pg_catalog.position' } : node)
  }
}

const maxNamedStatements = 500

/** Gives queries that come again a name, so that a connection parses and plans them once. */
export class StatementNames {
  readonly #seen = new Set<string>()
  readonly #names = new Map<string, string>()

  of(sql: string): string | undefined {
    const known = this.#names.get(sql)
    if (known !== undefined) return known
    if (!this.#seen.has(sql)) {
      if (this.#seen.size < 2 * maxNamedStatements) this.#seen.add(sql)
      return undefined
    }
    if (this.#names.size >= maxNamedStatements) return undefined
    const name = `muster_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }
}

interface Query {
  text: string
  values: unknown[]
  types: typeof valueTypes
  name?: string
}

/** Runs queries on a connection, or on whichever of a pool is free. */
export class PostgresRunner implements QueryRunner {
  readonly #run: (query: Query) => Promise<PgResult>
  readonly #names: StatementNames
  readonly #isForReading: boolean

  constructor(
    run: (query: Query) => Promise<PgResult>,
    { names, isForReading }: { names: StatementNames; isForReading: boolean },
  ) {
    this.#run = run
    this.#names = names
    this.#isForReading = isForReading
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.#isForReading && !/^(select|with) /i.test(sql))
      throw new Error('this connection is for reading only')
    const name = this.#names.of(sql)
    const values = parameters.map(toParameter)
    const { rows, rowCount, command } = await this.#run({
      text: sql,
      values,
      types: valueTypes,
      ...(name !== undefined && { name }),
    })
    if (command === 'SELECT') return { rows: rows as Row[] }
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) }
  }
}
