/** What this server tells a collector of its work: which option asks for it, and what belongs to a span that others did. */
import type { LevelLog } from '../lib/log.ts'
import { readVersion } from '../lib/version.ts'
import type { JournalEntry } from '../observability/journal/index.ts'
import { openTracing, type Tracing } from '../observability/traces/index.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './config.ts'
import { machineName } from './join-cluster.ts'

export function openServerTracing(
  { otlpEndpoint, otlpHeaders, nodeName, accountId, region }: Config,
  log: LevelLog,
  stack: AsyncDisposableStack,
): Tracing | undefined {
  if (otlpEndpoint === undefined) return undefined
  return stack.use(
    openTracing({
      endpoint: otlpEndpoint,
      headers: parseHeaders(otlpHeaders),
      version: readVersion(),
      resource: {
        'service.instance.id': nodeName ?? machineName(),
        'cloud.account.id': accountId,
        'cloud.region': region,
      },
      log,
    }),
  )
}

/** Source: OpenTelemetry's specification, "Specifying headers via environment variables": as W3C Baggage writes them. */
function parseHeaders(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at).trim().toLowerCase(), decode(pair.slice(at + 1).trim())]
    }),
  )
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value // a lone % stands for itself
  }
}

/** What waits for a commit says so; commits that nobody waits for are told by metrics alone. */
export function tracedStore(store: Store, tracing: Tracing | undefined): Store {
  if (!tracing) return store
  const { trace, isWithin } = tracing
  return {
    ...store,
    transact(work, changes, apart) {
      const transact = () => store.transact(work, changes, apart)
      return isWithin() ? trace({ name: 'commit' }, transact) : transact()
    },
  }
}

/** What was decided about a device, in the span in which it was. */
export const noteEntry = (
  { note }: Tracing,
  { code, certificateId, caCertificateId, clientId, thingName }: JournalEntry,
): void =>
  note(code, {
    'muster.certificate_id': certificateId,
    'muster.ca_certificate_id': caCertificateId,
    'muster.client_id': clientId,
    'muster.thing_name': thingName,
  })
