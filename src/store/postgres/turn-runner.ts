/** Runs queries of one turn of the event loop together: those of the same text are one statement. */
import type { CompiledQuery, QueryResult } from 'kysely'
import { DatabaseError } from 'pg'
import type { QueryRunner } from '../db.ts'
import { forMany, sumUp, tableOf, toBatch, type ManyAtOnce, type StatementFacts } from './many-at-once.ts'

/** Asks PostgreSQL about a statement; `table` is the one that it inserts into. */
export type LearnStatement = (sql: string, table: string) => Promise<StatementFacts>

interface TurnRunnerOptions {
  learn: LearnStatement
  /** Queries that are refused for many are run one by one, and the groups of a turn side by side: nothing is changed by them. */
  isForReading: boolean
}

interface Asked {
  query: CompiledQuery
  resolve: (result: QueryResult<never>) => void
  reject: (cause: unknown) => void
}

const maxKnown = 500

export class TurnRunner implements QueryRunner {
  readonly #one: QueryRunner
  readonly #options: TurnRunnerOptions
  #asked: Asked[] = []
  #last: Promise<void> = Promise.resolve()
  /** By the text of the statement for one; undefined where there is none for many. */
  readonly #known = new Map<string, ManyAtOnce | undefined>()

  constructor(one: QueryRunner, options: TurnRunnerOptions) {
    this.#one = one
    this.#options = options
  }

  executeQuery<Row>(query: CompiledQuery<Row>): Promise<QueryResult<Row>> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ query, resolve: resolve as Asked['resolve'], reject })
      // once nothing that is to go on at once is left: whoever asks in this turn has asked by then
      if (this.#asked.length === 1) process.nextTick(() => this.#send())
    })
  }

  #send(): void {
    const groups = Map.groupBy(this.#asked.splice(0), ({ query }) => query.sql)
    for (const [sql, group] of groups) {
      if (this.#options.isForReading) void this.#run(sql, group)
      else this.#last = this.#last.then(() => this.#run(sql, group)) // a connection does one at a time
    }
  }

  /** Never rejects. */
  async #run(sql: string, group: readonly Asked[]): Promise<void> {
    if (group.length === 1) return void (await this.#runEach(group))
    try {
      if (await this.#runSum(sql, group)) return
      const many = await this.#find(sql)
      if (many) return await this.#runMany(many, group)
    } catch (cause) {
      // a database that is away is not asked again, and what was written is undone
      const isRefused = cause instanceof DatabaseError && this.#options.isForReading
      if (!isRefused) return group.forEach(({ reject }) => reject(cause))
      if (await this.#runEach(group)) this.#known.set(sql, undefined)
      return
    }
    await this.#runEach(group)
  }

  /** Resolves with whether any succeeded. */
  async #runEach(group: readonly Asked[]): Promise<boolean> {
    const runs = group.map(({ query, resolve, reject }) => async () => {
      try {
        resolve((await this.#one.executeQuery(query)) as QueryResult<never>)
        return true
      } catch (cause) {
        reject(cause)
        return false
      }
    })
    if (this.#options.isForReading) return (await Promise.all(runs.map((run) => run()))).includes(true)
    let isAnyDone = false
    for (const run of runs) isAnyDone = (await run()) || isAnyDone
    return isAnyDone
  }

  async #runMany({ sql, split }: ManyAtOnce, group: readonly Asked[]): Promise<void> {
    const [first] = group
    if (!first) return
    const parameters = [toBatch(group.map(({ query }) => query.parameters))]
    const { rows } = await this.#one.executeQuery<object>({ ...first.query, sql, parameters })
    for (const [at, answer] of split(rows, group.length).entries())
      group[at]?.resolve(answer as QueryResult<never>)
  }

  async #runSum(sql: string, group: readonly Asked[]): Promise<boolean> {
    const [first] = group
    const lists = sumUp(
      sql,
      group.map(({ query }) => query.parameters),
    )
    if (!lists || !first) return false
    for (const parameters of lists) await this.#one.executeQuery({ ...first.query, parameters })
    for (const { resolve } of group) resolve({ rows: [], numAffectedRows: 1n })
    return true
  }

  async #find(sql: string): Promise<ManyAtOnce | undefined> {
    if (this.#known.has(sql)) return this.#known.get(sql)
    if (this.#known.size >= maxKnown) return undefined
    const table = tableOf(sql)
    const isLeft = table === undefined || (table !== '' && this.#options.isForReading)
    const many = isLeft ? undefined : forMany(sql, await this.#options.learn(sql, table))
    this.#known.set(sql, many)
    return many
  }
}
