/**
 * A process that writes into a store until it is killed, in several transactions at a time, and says on standard output
 * what has been acknowledged or seen: a number a line. Arguments: the database, the number to begin with.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { openStore } from '../../src/store/index.ts'

const [file = '', first = '0'] = process.argv.slice(2)
const store = await openStore(file, { checkpointPages: 40 })
let next = Number(first)
let seen = new Set<string>()
const accountId = '000000000000'

async function writeOn(): Promise<never> {
  for (;;) {
    const number = next++
    await store.transact((db) =>
      db
        .insertInto('retained_messages')
        .values({
          account_id: accountId,
          topic: String(number),
          payload: new Uint8Array(3000).fill(number % 256),
          qos: 0,
          properties: null,
          modified_at: number,
          expires_at: null,
        })
        .execute(),
    )
    process.stdout.write(`${number}\n`)
    await setTimeout(number % 23) // so that some come while the disk is waited for
  }
}

/** What a reader sees is as good as acknowledged. */
async function readOn(): Promise<never> {
  for (;;) {
    await setImmediate()
    const latest = Array.from({ length: 16 }, (_, back) => String(next - back))
    const rows = await store.read
      .selectFrom('retained_messages')
      .select('topic')
      .where('account_id', '=', accountId)
      .where('topic', 'in', latest)
      .execute()
    for (const { topic } of rows) if (!seen.has(topic)) process.stdout.write(`${topic}\n`)
    seen = new Set(rows.map(({ topic }) => topic))
  }
}

await Promise.all([readOn(), ...Array.from({ length: 16 }, writeOn)])
