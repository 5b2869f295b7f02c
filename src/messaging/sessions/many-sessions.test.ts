import { afterEach, beforeEach, expect, it } from 'vitest'
import { openTestSessions, subscribe, type Run, type TestSessions } from './testing/test-sessions.ts'

let test: TestSessions
let run: Run

beforeEach(async () => {
  test = await openTestSessions()
  run = await test.start()
})
afterEach(async () => {
  await run.stop()
  await test[Symbol.asyncDispose]()
})

const count = 2100

it('after a crash finds all sessions again, their subscriptions, and what waits for each', async () => {
  for (let number = 0; number < count; number++) {
    const client = await run.connect(`lamp-${number}`)
    await subscribe(client, `to/${number}`)
    await subscribe(client, 'to/all')
    if (number % 2 === 0) client.disconnect()
  }
  await run.publish('to/7', 'waits')
  await run.sessions.flushed()
  run.crash()
  run = await test.start()
  expect(run.sessions.stats()).toMatchObject({ persistent: count, offline: count })
  await run.publish('to/all', 'everyone')
  for (const number of [0, 7, 999, 1000, 1001, 1999, count - 1]) {
    await run.publish(`to/${number}`, 'own')
    const client = await run.connect(`lamp-${number}`)
    await test.rest()
    expect(client.isPresent).toBe(true)
    expect(client.texts()).toEqual([...(number === 7 ? ['waits'] : []), 'everyone', 'own'])
  }
})
