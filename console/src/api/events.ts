/** Follows the journal: each entry once, in order, also over a break of the connection. */
export interface JournalEntry {
  entryId: number
  at: string
  code: string
  certificateId?: string
  caCertificateId?: string
  clientId?: string
  thingName?: string
  sourceIp?: string
  details?: Record<string, unknown>
}

export interface Following {
  onEntries: (entries: readonly JournalEntry[]) => void
  onState: (state: 'connected' | 'broken') => void
}

const firstRetryMs = 500
const longestRetryMs = 10_000

/** `after`: the last entry that is known. Ends with the signal. */
export async function followJournal(
  { onEntries, onState }: Following,
  after: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  let last = after
  let retryMs = firstRetryMs
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { 'x-muster-console': '1', accept: 'text/event-stream' }
      if (last !== undefined) headers['last-event-id'] = String(last)
      const response = await fetch('/console/events', { headers, signal })
      if (response.status === 403 || response.status === 401) return onState('broken')
      if (!response.ok || !response.body) throw new Error(String(response.status))
      onState('connected')
      retryMs = firstRetryMs
      for await (const { id, data } of readEvents(response.body)) {
        last = Number(id)
        onEntries(JSON.parse(data) as JournalEntry[])
      }
    } catch {
      // a broken connection: the next one goes on where this one ended
    }
    if (signal.aborted) return
    onState('broken')
    await new Promise((resolve) => setTimeout(resolve, retryMs))
    retryMs = Math.min(retryMs * 2, longestRetryMs)
  }
}

interface ServerEvent {
  id: string
  data: string
}

/** Source: WHATWG HTML, "Server-sent events"; as much of it as this server sends. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += value
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      text = text.slice(end + 2)
      const [id, data] = [fields.get('id'), fields.get('data')]
      if (id !== undefined && data !== undefined) yield { id, data }
    }
  }
}
