/** Spans in the JSON of OTLP. Source: OpenTelemetry Protocol 1.x, "JSON Protobuf Encoding"; opentelemetry-proto, trace/v1/trace.proto. */
import type { TraceAttributes } from '../../lib/trace.ts'
import type { Span } from './span.ts'

/** Of trace.proto: SpanKind, Status.StatusCode. */
const kinds = { internal: 1, server: 2 }
const statusError = 2

/** The body of one export. `resource` says which server this is. */
export function toExport(
  resource: TraceAttributes,
  scope: { name: string; version: string },
  spans: readonly Span[],
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: toKeyValues(resource) },
        scopeSpans: [{ scope, spans: spans.map(toOtlp) }],
      },
    ],
  })
}

const toOtlp = (span: Span): object => ({
  traceId: span.traceId,
  spanId: span.spanId,
  ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
  name: span.name,
  kind: kinds[span.kind],
  startTimeUnixNano: toNanos(span.startedAt),
  endTimeUnixNano: toNanos(span.endedAt),
  attributes: toKeyValues(span.attributes),
  events: span.events.map(({ name, at, attributes }) => ({
    name,
    timeUnixNano: toNanos(at),
    attributes: toKeyValues(attributes),
  })),
  ...(span.hasFailed && { status: { code: statusError } }),
})

/** 64-bit integers are texts in this JSON. */
const toNanos = (milliseconds: number): string => String(BigInt(Math.round(milliseconds * 1000)) * 1000n)

function toKeyValues(attributes: TraceAttributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: toValue(value) }],
  )
}

function toValue(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}
