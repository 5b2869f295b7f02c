import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callOf, openTestAudit, thing, type TestAudit } from './testing/test-audit.ts'
import { verifyChains } from './verify.ts'

let test: TestAudit
beforeEach(async () => {
  test = await openTestAudit()
  for (const name of ['a', 'b', 'c', 'd'])
    await test.write(callOf('CreateThing', { resources: [thing(name)] }))
})
afterEach(() => test[Symbol.asyncDispose]())

const verify = async (head?: string) => (await verifyChains(test.store.read, head))[0]
const change = (statement: ReturnType<typeof sql>) =>
  test.store.transact(async (db) => void (await statement.execute(db)))

describe('verifying the record of calls', () => {
  it('finds nothing wrong with what was written, and tells where it ends', async () => {
    const chain = await verify()
    expect(chain).toMatchObject({ entries: 4, firstSeq: 1, lastSeq: 4, faults: [] })
    expect(chain?.head).toMatch(/^[0-9a-f]{64}$/)
  })

  it('knows a hash that it ended with before, and no other', async () => {
    const { head = '' } = (await verify()) ?? {}
    await test.write()
    expect((await verify(head))?.hasExpected).toBe(true)
    expect((await verify(head.replaceAll(/./g, '0')))?.hasExpected).toBe(false)
  })

  it.each([
    [
      'a byte of a line',
      sql`update audit_blocks set lines = replace(lines, 'thing/c', 'thing/x') where first_seq = 3`,
      'the entry 3 was changed, or is not the one that followed',
    ],
    [
      'a byte of a hash',
      sql`update audit_blocks set hashes = (select hashes from audit_blocks where first_seq = 1) where first_seq = 2`,
      'the entry 2 was changed, or is not the one that followed',
    ],
    [
      'a row taken from the middle',
      sql`delete from audit_blocks where first_seq = 2`,
      'the entries 2 to 2 are missing',
    ],
    [
      'a row taken from the front',
      sql`delete from audit_blocks where first_seq = 1`,
      'the entries 1 to 1 are missing',
    ],
    [
      'a row taken from the end',
      sql`delete from audit_blocks where first_seq = 4`,
      'the entries 4 to 4, the last ones, are missing',
    ],
    ['all rows taken', sql`delete from audit_blocks`, 'the entries 1 to 4, the last ones, are missing'],
    [
      'a row put in at the end',
      sql`insert into audit_blocks select account_id, chain, 5, entries, newest_at, hashes, lines from audit_blocks where first_seq = 4`,
      'the entries 5 to 5 were put in at the end',
    ],
    [
      'a line put in behind another',
      sql`update audit_blocks set lines = lines || lines where first_seq = 2`,
      'the block of the entries 2 to 2 holds 2 lines and 1 hashes',
    ],
    [
      'a line taken away with nothing left',
      sql`update audit_blocks set lines = '' where first_seq = 2`,
      'the block of the entries 2 to 2 holds 0 lines and 1 hashes',
    ],
    [
      'a newline taken away',
      sql`update audit_blocks set lines = trim(lines, '\n') where first_seq = 2`,
      'the block of the entries 2 to 2 holds 0 lines and 1 hashes',
    ],
    [
      'the time of a row',
      sql`update audit_blocks set newest_at = newest_at - 1 where first_seq = 3`,
      'the time of the block that begins with the entry 3 was changed',
    ],
    [
      'the place of a row',
      sql`update audit_blocks set first_seq = 9 where first_seq = 4`,
      'the entries 4 to 8 are missing',
    ],
    [
      'where it is said to end',
      sql`update audit_chains set head = anchor`,
      'the hash that the chain is said to end with was changed',
    ],
    [
      'where it is said to begin',
      sql`update audit_chains set anchor = head`,
      'the entry 1 was changed, or is not the one that followed',
    ],
  ])('finds %s', async (_, statement, fault) => {
    await change(statement)
    expect((await verify())?.faults).toContain(fault)
  })

  it('names no entry that was not touched', async () => {
    await change(
      sql`update audit_blocks set lines = replace(lines, 'thing/c', 'thing/x') where first_seq = 3`,
    )
    expect((await verify())?.faults).toHaveLength(1)
  })

  it('has a bound on what it tells', async () => {
    for (let index = 0; index < 40; index++) await test.write()
    await change(sql`update audit_blocks set lines = replace(lines, 'alice', 'malice')`)
    expect((await verify())?.faults).toHaveLength(20)
  })
})
