/** Spans of this server, sent to the collector that its operator names. See docs/decisions/0045-traces-are-written-here.md. */
import type { LevelLog } from '../../lib/log.ts'
import { createTrustedOutbound } from '../../lib/outbound/outbound.ts'
import type { TraceAttributes } from '../../lib/trace.ts'
import { openExporter } from './exporter.ts'
import { toExport } from './otlp.ts'
import { createTracer, type Tracer } from './tracer.ts'

export interface TracingOptions {
  /** Of the collector, e.g. `http://127.0.0.1:4318`; `/v1/traces` goes after it. */
  endpoint: string
  headers?: Readonly<Record<string, string>>
  version: string
  /** Which server this is, beside name and version. */
  resource: TraceAttributes
  log: Pick<LevelLog, 'warn'>
  delayMs?: number
}

export interface Tracing extends Tracer, AsyncDisposable {}

export function openTracing({
  endpoint,
  headers = {},
  version,
  resource,
  ...beside
}: TracingOptions): Tracing {
  const outbound = createTrustedOutbound()
  const about = { 'service.name': 'muster', 'service.version': version, ...resource }
  const exporter = openExporter({
    ...beside,
    url: new URL(`${endpoint.replace(/\/$/, '')}/v1/traces`),
    headers,
    outbound,
    encode: (spans) => toExport(about, { name: 'muster', version }, spans),
  })
  return {
    ...createTracer(exporter.add),
    async [Symbol.asyncDispose]() {
      await exporter[Symbol.asyncDispose]()
      outbound[Symbol.dispose]()
    },
  }
}
