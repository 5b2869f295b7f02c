/** Who runs a query: the place in the project that asked for it, which its preparation happens far from. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

const executing = new AsyncLocalStorage<Error>()

/** The calls in the project that have led here, the last one first; of a query, those that led to its execution. */
export function callers(): string[] {
  const { stack = '' } = executing.getStore() ?? trace(100)
  return stack.split('\n').filter((line) => /:\d+\)?$/.test(line) && !line.includes('/node_modules/'))
}

/** Costs little until its `stack` is asked for. */
export function trace(frames: number): Error {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = frames
  const error = new Error('where')
  Error.stackTraceLimit = limit
  return error
}

/** One of each kind, for their prototypes. */
export function queryBuilders() {
  const db = new Kysely<Record<string, Record<string, unknown>>>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  return [db.selectFrom('any'), db.insertInto('any'), db.updateTable('any'), db.deleteFrom('any')]
}

/** Makes `callers` know, for queries that Kysely runs. */
export function watchExecutions(): void {
  for (const builder of queryBuilders()) {
    const prototype = Object.getPrototypeOf(builder) as { execute: (...given: unknown[]) => unknown }
    const { execute } = prototype
    prototype.execute = function traced(...given) {
      return executing.run(trace(100), () => execute.apply(this, given))
    }
  }
}
