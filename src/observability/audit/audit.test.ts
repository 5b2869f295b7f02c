import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AwsError } from '../../api/aws/errors.ts'
import { accountId, callOf, openTestAudit, thing, touch, type TestAudit } from './testing/test-audit.ts'
import { verifyChains } from './verify.ts'

let test: TestAudit
beforeEach(async () => {
  test = await openTestAudit()
})
afterEach(() => test[Symbol.asyncDispose]())

const operations = async () => (await test.entries()).map(({ operation }) => operation)
const faults = async () => (await verifyChains(test.store.read)).flatMap((chain) => chain.faults)

describe('the record of calls', () => {
  it('has the entry of a call that writes in the database once the call is answered', async () => {
    await test.write(callOf('CreateThing', { resources: [thing('lamp-1')] }))
    expect(await test.entries()).toMatchObject([
      { operation: 'CreateThing', seq: 1, isReadOnly: false, resources: [thing('lamp-1')] },
    ])
    expect(readFileSync(test.spoolFile, 'utf8')).toBe('')
  })

  it('has the entry of a call that reads in the file by then, and in the database a moment later', async () => {
    await test.read()
    expect(readFileSync(test.spoolFile, 'utf8')).toContain('"operation":"DescribeThing"')
    expect(await operations()).toEqual([])
    await test.audit.flush()
    expect(await operations()).toEqual(['DescribeThing'])
    expect(readFileSync(test.spoolFile, 'utf8')).toBe('')
  })

  it('takes what waits along with the next call that writes, in the order of the answers', async () => {
    await test.read()
    await test.write()
    expect(await operations()).toEqual(['DescribeThing', 'CreateThing'])
  })

  it('writes a refusal with its code, and nothing of what was undone', async () => {
    const call = callOf('CreateThing')
    const refused = test.audit.record(call, () =>
      test.store.transact(async (db) => {
        await touch(db, 'x')
        throw new AwsError('ResourceAlreadyExistsException', 'there is one')
      }),
    )
    await expect(refused).rejects.toThrow('there is one')
    await test.audit.flush()
    expect(await test.entries()).toMatchObject([
      { errorCode: 'ResourceAlreadyExistsException', errorMessage: 'there is one' },
    ])
  })

  it('withholds the text of what is a fault of the server', async () => {
    const failing = test.audit.record(callOf('CreateThing'), async () => {
      throw new TypeError('x of undefined')
    })
    await expect(failing).rejects.toThrow(TypeError)
    await test.audit.flush()
    const [entry] = await test.entries()
    expect(entry).toMatchObject({ errorCode: 'InternalFailureException' })
    expect(JSON.stringify(entry)).not.toContain('undefined')
  })

  it('corrects the entry of a call that fails after it has committed', async () => {
    const failing = test.audit.record(callOf('CreateThing'), async () => {
      await test.store.transact((db) => touch(db, 'x'))
      throw new AwsError('ThrottlingException', 'later')
    })
    await expect(failing).rejects.toThrow('later')
    await test.audit.flush()
    const [first, second] = await test.entries()
    expect(first?.errorCode).toBeUndefined()
    expect(second).toMatchObject({ errorCode: 'ThrottlingException', corrects: 1 })
  })

  it('has one entry of a call with several transactions', async () => {
    await test.audit.record(callOf('CreateThing'), async () => {
      await test.store.transact((db) => touch(db, 'x'))
      await test.store.transact((db) => touch(db, 'y'))
    })
    await test.audit.flush()
    expect(await operations()).toEqual(['CreateThing'])
  })

  it('leaves what is committed beside calls alone', async () => {
    await test.store.transact((db) => touch(db, 'x'))
    expect(await operations()).toEqual([])
  })

  it('keeps the entries of accounts apart, each with a chain of its own', async () => {
    const other = callOf('CreateThing')
    await Promise.all([
      test.write(),
      test.write({ ...other, caller: { ...other.caller, accountId: '210987654321' } }),
    ])
    const chains = await verifyChains(test.store.read)
    expect(chains.map((chain) => [chain.accountId, chain.entries])).toEqual([
      [accountId, 1],
      ['210987654321', 1],
    ])
  })
})

describe('the record of calls after kill -9', () => {
  it('has every call that was answered, each once', async () => {
    for (let index = 0; index < 10; index++) {
      await test.read()
      await test.write()
      await test.read()
    }
    test.audit = await test.again()
    expect(await operations()).toHaveLength(30)
    test.audit = await test.again()
    expect(await operations()).toHaveLength(30)
    expect(await faults()).toEqual([])
  })

  it('leaves out an entry that is in the database and still in the file', async () => {
    await test.read()
    const left = readFileSync(test.spoolFile)
    await test.audit.flush()
    appendFileSync(test.spoolFile, left)
    test.audit = await test.again()
    expect(await operations()).toEqual(['DescribeThing'])
  })

  it('leaves out what was not wholly written, and goes on behind it', async () => {
    await test.read()
    appendFileSync(test.spoolFile, '7 123456789012 {"at":17')
    test.audit = await test.again()
    await test.read()
    await test.audit.flush()
    expect(await operations()).toEqual(['DescribeThing', 'DescribeThing'])
  })

  it('goes on with new numbers when the file is empty', async () => {
    await test.read()
    await test.audit.flush()
    test.audit = await test.again()
    await test.read()
    await test.audit.flush()
    expect(await operations()).toHaveLength(2)
  })

  it('keeps the file to its user', () => {
    expect(statSync(test.spoolFile).mode & 0o077).toBe(0)
  })
})

describe('many calls', () => {
  it('become whole blocks in which everything is found, and the chain holds', async () => {
    for (let round = 0; round < 40; round++)
      await Promise.all(Array.from({ length: 30 }, (_, index) => (index % 3 ? test.read() : test.write())))
    await test.audit.flush()
    await expect.poll(async () => (await verifyChains(test.store.read))[0]?.entries).toBe(1200)
    await expect.poll(packedSeq).toBeGreaterThan(1000)
    expect(await faults()).toEqual([])
    expect(new Set((await test.entries()).map(({ requestId }) => requestId)).size).toBe(1200)
  })

  it('are forgotten from the front when they take too much, and what is left still holds', async () => {
    await test.audit[Symbol.asyncDispose]()
    test.audit = await test.again({ maxBytes: 150_000 })
    for (let round = 0; round < 40; round++) await Promise.all(Array.from({ length: 50 }, () => test.read()))
    await test.audit.flush()
    await expect.poll(async () => (await verifyChains(test.store.read))[0]?.firstSeq).toBeGreaterThan(1000)
    expect(await faults()).toEqual([])
    expect((await test.entries()).at(-1)?.seq).toBe(2000)
  })

  it('are forgotten when they are too old', async () => {
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 30 }, () => test.read()))
    await test.audit.flush()
    await test.audit[Symbol.asyncDispose]()
    test.clock.now += 91 * 86_400_000
    test.audit = await test.again()
    await expect.poll(async () => (await verifyChains(test.store.read))[0]?.firstSeq).toBeGreaterThan(250)
    expect(await faults()).toEqual([])
  })
})

const packedSeq = async () => {
  const chain = await test.store.read.selectFrom('audit_chains').select('packed_seq').executeTakeFirst()
  return chain?.packed_seq
}

describe('a record that cannot be written', () => {
  it('fails the call instead of answering it', async () => {
    await test.audit[Symbol.asyncDispose]() // its file is closed
    await expect(test.read()).rejects.toThrow('the record of calls cannot be written')
    test.audit = await test.again()
  })

  it('fails a call that writes with its transaction', async () => {
    await test.write()
    await test.store.transact((db) =>
      // the place of the next entry is taken
      db
        .insertInto('audit_blocks')
        .values({
          account_id: accountId,
          chain: '',
          first_seq: 2,
          entries: 0,
          newest_at: 0,
          hashes: new Uint8Array(),
          lines: '',
        })
        .execute(),
    )
    await expect(test.write()).rejects.toThrow(/unique/i)
    await test.store.transact((db) => db.deleteFrom('audit_blocks').where('first_seq', '=', 2).execute())
    await test.audit.flush()
    expect(await test.entries()).toMatchObject([
      { seq: 1 },
      { seq: 2, errorCode: 'InternalFailureException' },
    ])
    expect(await faults()).toEqual([])
  })
})
