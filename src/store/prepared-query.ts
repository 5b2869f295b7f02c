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

interface Prepared<Row> {
  compiled: CompiledQuery<Row>
  /** Of the values to bind, by their places; what is not among them is the query's own. */
  names: readonly (string | undefined)[]
}

/**
 * A query to run with other values each time: `build` is called once for each `Db`, so it must not depend on
 * anything but its arguments. Values may not decide the shape of the query: no `null` after `=`, no lists.
 */
export function prepareQuery<Values extends object, Row>(
  build: (db: Db, value: Bind<Values>) => Compilable<Row>,
): (db: Db, values: Values) => Promise<QueryResult<Row>> {
  const known = new WeakMap<Db, Prepared<Row>>()
  const bind = ((name: string) => new Placeholder(name)) as Bind<unknown> as Bind<Values>

  function prepare(db: Db): Prepared<Row> {
    const compiled = build(db, bind).compile()
    const names = compiled.parameters.map((value) => (value instanceof Placeholder ? value.name : undefined))
    const prepared = { compiled, names }
    known.set(db, prepared)
    return prepared
  }

  return (db, values) => {
    const { compiled, names } = known.get(db) ?? prepare(db)
    const { sql, query, queryId, parameters } = compiled
    const given = values as Record<string, unknown>
    const bound = parameters.slice()
    for (let at = 0; at < names.length; at++) {
      const name = names[at]
      if (name !== undefined) bound[at] = given[name]
    }
    return connectionOf(db).executeQuery({ sql, query, queryId, parameters: bound })
  }
}

/** A whole row of placeholders, to insert. */
export function bindAll<Values, Name extends keyof Values & string>(
  value: Bind<Values>,
  names: readonly Name[],
): Pick<Values, Name> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Pick<Values, Name>
}
