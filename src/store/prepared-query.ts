/**
 * Queries that are built and compiled once. Building one with Kysely costs several times what SQLite needs to run
 * it, which counts wherever every device passes.
 */
import type { Compilable, CompiledQuery, QueryResult } from 'kysely'
import { connectionOf, type Db } from './db.ts'

/** Stands in the query for the value of that name. It may go wherever a value may, but its place is all that counts. */
export type Bind<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name]

class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * A query to run with other values each time: `build` is called once for each `Db`, so it must not depend on
 * anything but its arguments. Values may not decide the shape of the query: no `null` after `=`, no lists.
 */
export function prepareQuery<Values extends object, Row>(
  build: (db: Db, value: Bind<Values>) => Compilable<Row>,
): (db: Db, values: Values) => Promise<QueryResult<Row>> {
  const known = new WeakMap<Db, CompiledQuery<Row>>()
  const bind = ((name: string) => new Placeholder(name)) as Bind<unknown> as Bind<Values>

  function prepare(db: Db): CompiledQuery<Row> {
    const compiled = build(db, bind).compile()
    known.set(db, compiled)
    return compiled
  }

  return (db, values) => {
    const { sql, query, queryId, parameters: template } = known.get(db) ?? prepare(db)
    const given = values as Record<string, unknown>
    // what is no placeholder is the query's own
    const parameters = template.map((value) => (value instanceof Placeholder ? given[value.name] : value))
    return connectionOf(db).executeQuery({ sql, query, queryId, parameters })
  }
}

/** A whole row of placeholders, to insert. */
export function bindAll<Values, Name extends keyof Values & string>(
  value: Bind<Values>,
  names: readonly Name[],
): Pick<Values, Name> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Pick<Values, Name>
}
