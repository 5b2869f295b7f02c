/** Reads the live feed, as the console does. */
import type { Visitor } from './visitor.ts'

export interface Followed extends AsyncDisposable {
  /** Of the entries, as they came. */
  ids: number[]
  codes: string[]
}

/** Reads events until it is disposed of; `lastEventId`: of the last entry that is known. */
export async function follow(visitor: Visitor, lastEventId?: number): Promise<Followed> {
  const ending = new AbortController()
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const response = await visitor.fetch({ path: '/console/events', headers }, { signal: ending.signal })
  const ids: number[] = []
  const codes: string[] = []
  const read = async () => {
    let text = ''
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1]
        for (const entry of JSON.parse(data ?? '[]') as { entryId: number; code: string }[]) {
          ids.push(entry.entryId)
          codes.push(entry.code)
        }
        text = text.slice(end + 2)
      }
    }
  }
  const reading = read().catch(() => {})
  return {
    ids,
    codes,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await reading
    },
  }
}
