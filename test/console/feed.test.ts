/** The journal as server-sent events. */
import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { follow, type Followed } from './follow.ts'
import { startJournalServer } from './journal-server.ts'
import { visitServer } from './visit-server.ts'
import { Visitor } from './visitor.ts'
import { freshDirectory, type TestServer } from '../helpers/server.ts'

let server: TestServer
let visitor: Visitor
visitServer((here) => {
  ;({ server, visitor } = here)
})

/** Each leaves an entry. */
async function leaveEntries(origin: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Visitor(origin).openSession({ link: `${'y'.repeat(40)}${n}` })
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

it('the feed loses nothing and repeats nothing, over a break of the connection too', async () => {
  const { body } = await visitor.call({ path: '/muster/v1/journal' })
  const start = (body['entries'] as { entryId: number }[]).at(-1)!.entryId
  const first = await follow(visitor, start)
  await leaveEntries(server.endpoints.apiUrl, 2)
  await expect.poll(() => first.ids).toEqual(upTo(start + 1, start + 2))
  await first[Symbol.asyncDispose]()
  await leaveEntries(server.endpoints.apiUrl, 1) // nobody reads
  await using second = await follow(visitor, start + 2)
  await expect.poll(() => second.ids).toEqual([start + 3])
  await visitor.signIn(server.rootKey)
  await expect.poll(() => second.ids).toEqual(upTo(start + 3, start + 4))
})

it('the feed begins with what comes, without an id', async () => {
  const { body } = await visitor.call({ path: '/muster/v1/journal' }) // written by now
  const last = (body['entries'] as { entryId: number }[]).at(-1)!.entryId
  await using feed = await follow(visitor)
  await visitor.signIn(server.rootKey)
  await expect.poll(() => feed.ids).toEqual([last + 1])
})

it.each(['x', '-1', '1.5', '9'.repeat(20)])('the feed refuses the last id %s', async (lastEventId) => {
  const answer = await visitor.call({ path: '/console/events', headers: { 'last-event-id': lastEventId } })
  expect(answer.status).toBe(400)
})

it('the feed loses and repeats none of 3,000 entries, however often the connection breaks', async () => {
  const dataDir = freshDirectory()
  {
    await using busy = await startJournalServer(dataDir)
    const reader = new Visitor(busy.apiUrl)
    await reader.signIn(busy.rootKey)
    const { body } = await reader.call({ path: '/muster/v1/journal' })
    const start = (body['entries'] as { entryId: number }[]).at(-1)!.entryId
    const ids: number[] = []
    for (let round = 0; round < 6; round += 1) {
      const feed: Followed = await follow(reader, start + ids.length)
      busy.record(250)
      await expect.poll(() => feed.ids.length).toBeGreaterThan(0)
      busy.record(250) // some of them, or all, come when nobody reads
      await feed[Symbol.asyncDispose]()
      ids.push(...feed.ids)
    }
    await using last = await follow(reader, start + ids.length)
    await expect.poll(() => ids.length + last.ids.length).toBe(3000)
    expect([...ids, ...last.ids]).toEqual(upTo(start + 1, start + 3000))
  }
  rmSync(dataDir, { recursive: true })
})
