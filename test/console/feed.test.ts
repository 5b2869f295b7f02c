/** The journal as server-sent events. */
import { expect, it } from 'vitest'
import { Visitor } from './visitor.ts'
import { startTestServer } from '../helpers/server.ts'

interface Followed extends AsyncDisposable {
  ids: number[]
}

/** Reads events until it is disposed of. */
async function follow(visitor: Visitor, lastEventId?: number): Promise<Followed> {
  const ending = new AbortController()
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const response = await visitor.fetch({ path: '/console/events', headers }, { signal: ending.signal })
  const ids: number[] = []
  const read = async () => {
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
        if (data !== undefined)
          ids.push(...(JSON.parse(data) as { entryId: number }[]).map(({ entryId }) => entryId))
        text = text.slice(end + 2)
      }
    }
  }
  const reading = read().catch(() => {})
  return {
    ids,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await reading
    },
  }
}

/** Each leaves an entry. */
async function leaveEntries(origin: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Visitor(origin).openSession({ link: `${'y'.repeat(40)}${n}` })
}

const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

it('the feed loses nothing and repeats nothing, over a break of the connection too', async () => {
  await using server = await startTestServer()
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
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
  await using server = await startTestServer()
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  const { body } = await visitor.call({ path: '/muster/v1/journal' }) // written by now
  const last = (body['entries'] as { entryId: number }[]).at(-1)!.entryId
  await using feed = await follow(visitor)
  await visitor.signIn(server.rootKey)
  await expect.poll(() => feed.ids).toEqual([last + 1])
})

it.each(['x', '-1', '1.5', '9'.repeat(20)])('the feed refuses the last id %s', async (lastEventId) => {
  await using server = await startTestServer()
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  const answer = await visitor.call({ path: '/console/events', headers: { 'last-event-id': lastEventId } })
  expect(answer.status).toBe(400)
})
