/** Sends spans to a collector, several at a time, beside the work that they tell of. Source: OpenTelemetry Protocol, "OTLP/HTTP". */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { LevelLog } from '../../lib/log.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import type { Span } from './span.ts'

export interface ExporterDeps {
  /** Of the collector's traces, e.g. `http://127.0.0.1:4318/v1/traces`. */
  url: URL
  /** Beside its own, e.g. a key of the collector. */
  headers: Readonly<Record<string, string>>
  outbound: Pick<Outbound, 'request'>
  encode: (spans: readonly Span[]) => string
  log: Pick<LevelLog, 'warn'>
  delayMs?: number
}

export interface Exporter extends AsyncDisposable {
  add: (span: Span) => void
}

/** As the batch processor of OpenTelemetry's specification has them. */
const maxWaiting = 2048
const maxInOne = 512
const defaultDelayMs = 5000
const answerMs = 10_000

/** What the collector does not take is dropped, and said once until it takes some again. Disposing sends what waits. */
export function openExporter({ delayMs = defaultDelayMs, ...deps }: ExporterDeps): Exporter {
  let waiting: Span[] = []
  let dropped = 0
  let isSaid = false
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, maxInOne)
      const fault = await post(deps, deps.encode(batch))
      if (fault === undefined) isSaid = false
      else say(fault, batch.length)
    }
  }

  function say(fault: string, spans: number): void {
    dropped += spans
    if (!isSaid) deps.log.warn({ fault, dropped }, 'the collector does not take spans: they are dropped')
    isSaid = true
  }

  const send = () => (sending ??= sendAll().finally(() => (sending = undefined)))

  const sendLater = () => {
    timer = undefined // also where a batch is under way, after which the next span needs a timer of its own
    void send()
  }

  return {
    add(span) {
      if (waiting.length >= maxWaiting) return say('it is too slow', 1)
      waiting.push(span)
      if (waiting.length >= maxInOne) void send()
      else timer ??= setTimeout(sendLater, delayMs).unref()
    },
    async [Symbol.asyncDispose]() {
      await send()
      await send() // what came while the last batch was under way
      waiting = []
    },
  }
}

/** Resolves with what went wrong, if anything did. */
async function post({ url, headers, outbound }: ExporterDeps, body: string): Promise<string | undefined> {
  const signal = AbortSignal.timeout(answerMs)
  try {
    const request = outbound.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      signal,
    })
    request.end(body)
    const [response] = (await once(request, 'response', { signal })) as [IncomingMessage]
    response.resume()
    const { statusCode = 0 } = response
    return statusCode >= 200 && statusCode < 300 ? undefined : `it answered ${statusCode}`
  } catch (error) {
    return (error as Error).message
  }
}
