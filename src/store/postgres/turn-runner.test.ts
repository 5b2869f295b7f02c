import type { CompiledQuery } from 'kysely'
import { DatabaseError } from 'pg'
import { describe, expect, it } from 'vitest'
import type { QueryRunner } from '../db.ts'
import { forMany, sumUp, tableOf, type StatementFacts } from './many-at-once.ts'
import { TurnRunner } from './turn-runner.ts'

const query = (sql: string, ...parameters: unknown[]) => ({ sql, parameters }) as unknown as CompiledQuery

const read = 'select "a" from "t" where "b" = $1'
const insert = 'insert into "t" ("a", "b") values ($1, $2) on conflict do nothing'
const sum =
  'insert into "t" ("a", "n") values ($1, $2) on conflict ("a") do update set "n" = "t"."n" + "excluded"."n"'

const facts: StatementFacts = { parameterTypes: ['text', 'bigint'], primaryKey: ['a'] }

describe('what is done for many at once', () => {
  it.each([
    ['an update', 'update "t" set "a" = $1'],
    ['a deletion', 'delete from "t" where "a" = $1'],
    ['what answers with rows', `${insert} returning "a"`],
    ['what locks', `${read} for update`],
    ['what replaces', 'insert into "t" ("a") values ($1) on conflict ("a") do update set "b" = $2'],
    [
      'what has a text that looks like a parameter',
      `select "a" from "t" where "b" = $1 and "c" = 'it''s $2'`,
    ],
    ['several rows', 'insert into "t" ("a", "b") values ($1, $2), ($3, $4)'],
    ['a call within the values', 'insert into "t" ("a", "b") values (lower($1), $2)'],
  ])('is not %s', (_what, sql) => {
    expect(tableOf(sql)).toBeUndefined()
  })

  it.each([
    ['reads', read, ''],
    ['rows', insert, 't'],
    ['rows from elsewhere', 'insert into "t" ("a") select "a" from "u" where "b" = $1', 't'],
  ])('are %s', (_what, sql, table) => expect(tableOf(sql)).toBe(table))

  it.each([
    ['a read that is the same for all', 'select "a" from "t"', { ...facts, parameterTypes: [] }],
    ['rows without a key', insert, { ...facts, primaryKey: [] }],
    ['rows whose key is made by the database', insert, { ...facts, primaryKey: ['id'] }],
    ['rows of which part of the key is', insert, { ...facts, primaryKey: ['a', 'id'] }],
  ])('is not %s', (_what, sql, known) => expect(forMany(sql, known)).toBeUndefined())

  it('adds up by all that is not added', () => {
    const lists = [
      ['x', 1],
      ['y', 2],
      ['x', -3],
    ]
    expect(sumUp(sum, lists)).toEqual([
      ['x', -2],
      ['y', 2],
    ])
  })

  it.each([
    ['inserts', insert],
    ['replaces', sum.replace('"t"."n" + "excluded"."n"', '"excluded"."n"')],
    ['adds another column', sum.replace('"t"."n"', '"t"."m"')],
    ['adds of another table', sum.replace('"t"."n"', '"u"."n"')],
  ])('adds nothing up of what %s', (_what, sql) => expect(sumUp(sql, [['x', 1]])).toBeUndefined())
})

interface Told {
  isForReading?: boolean
  fail?: (sql: string) => Error | undefined
}

function runnerOf({ isForReading = false, fail = () => undefined }: Told = {}) {
  const ran: string[] = []
  const one: QueryRunner = {
    async executeQuery({ sql }) {
      ran.push(sql)
      const failure = fail(sql)
      if (failure) throw failure
      return { rows: [] }
    },
  }
  const learn = async () => facts
  return { ran, runner: new TurnRunner(one, { learn, isForReading }) }
}

describe('queries of one turn', () => {
  it('are one statement when they have one text', async () => {
    const { ran, runner } = runnerOf()
    await Promise.all(['x', 'y', 'z'].map((a) => runner.executeQuery(query(insert, a, 1))))
    expect(ran).toEqual([expect.stringMatching(/^with given as .* json_to_recordset/)])
  })

  it('are statements of their own when each waits for the one before', async () => {
    const { ran, runner } = runnerOf()
    for (const a of ['x', 'y']) await runner.executeQuery(query(insert, a, 1))
    expect(ran).toEqual([insert, insert])
  })

  it('are run one by one where there is no statement for many', async () => {
    const { ran, runner } = runnerOf()
    const update = 'update "t" set "a" = $1'
    await Promise.all(['x', 'y'].map((a) => runner.executeQuery(query(update, a))))
    expect(ran).toEqual([update, update])
  })

  it('fail together where they write: whoever asked begins anew', async () => {
    const { ran, runner } = runnerOf({ fail: () => new Error('broken') })
    const outcomes = await Promise.allSettled(['x', 'y'].map((a) => runner.executeQuery(query(insert, a, 1))))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(ran).toHaveLength(1)
  })

  const refused = new DatabaseError('broken', 0, 'error')

  it('are asked one by one when they are refused for many and change nothing, and from then on', async () => {
    const fail = (sql: string) => (sql === read ? undefined : refused)
    const { ran, runner } = runnerOf({ isForReading: true, fail })
    for (let time = 0; time < 2; time++)
      await Promise.all(['x', 'y'].map((b) => runner.executeQuery(query(read, b))))
    expect(ran.slice(1)).toEqual([read, read, read, read])
  })

  it('go together again when it was not for the number of them that they were refused', async () => {
    let isAway = true
    const { ran, runner } = runnerOf({ isForReading: true, fail: () => (isAway ? refused : undefined) })
    const askBoth = () => Promise.allSettled(['x', 'y'].map((b) => runner.executeQuery(query(read, b))))
    expect((await askBoth()).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isAway = false
    await askBoth()
    expect(ran.at(-1)).toMatch('json_to_recordset')
  })

  it('are not asked again of a database that does not answer', async () => {
    const { ran, runner } = runnerOf({ isForReading: true, fail: () => new Error('connection refused') })
    await Promise.allSettled(['x', 'y'].map((b) => runner.executeQuery(query(read, b))))
    expect(ran).toHaveLength(1)
  })
})
