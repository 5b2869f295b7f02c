import { useEffect, useState } from 'react'
import { call } from '../../api/call.ts'
import { filterCall, type EventsPage, type LogEvent, type Search } from './event.ts'

const askEveryMs = 2000
const maxKept = 1000
const maxAsked = 500

interface Tail {
  events: readonly LogEvent[]
  error: unknown
}

const nothing: Tail = { events: [], error: undefined }

/** What is logged from now on, the newest last. One bounded question every two seconds. */
export function useLiveTail({ group, stream, pattern }: Search, isOn: boolean): Tail {
  const [tail, setTail] = useState(nothing)
  useEffect(() => {
    setTail(nothing)
    if (!isOn) return undefined
    const ending = new AbortController()
    void follow({ group, stream, pattern }, ending.signal, (update) => setTail(update))
    return () => ending.abort()
  }, [group, stream, pattern, isOn])
  return tail
}

async function follow(
  search: Search,
  signal: AbortSignal,
  update: (change: (tail: Tail) => Tail) => void,
): Promise<void> {
  let startTime = Date.now()
  let token: string | undefined
  const seen = new Set<string>()
  while (!signal.aborted) {
    try {
      const asked = filterCall(search, { startTime, limit: maxAsked })
      const input = { ...asked.input, ...(token !== undefined && { nextToken: token }) }
      const { events = [], nextToken } = await call<EventsPage>({ ...asked, input })
      if (signal.aborted) return
      const added = events.filter(({ eventId }) => !seen.has(eventId))
      for (const { eventId } of added) seen.add(eventId)
      token = nextToken
      if (token === undefined && added.length > 0) startTime = added.at(-1)?.timestamp ?? startTime
      update((tail) => ({ events: [...tail.events, ...added].slice(-maxKept), error: undefined }))
    } catch (error) {
      update((tail) => ({ ...tail, error }))
    }
    await new Promise((resolve) => setTimeout(resolve, askEveryMs))
  }
}
