/** What the server does, as spans: which work is part of which is known by where it runs. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Trace, TraceAttributes } from '../../lib/trace.ts'
import type { Span, SpanEvent } from './span.ts'
import { newSpanId, newTraceId, parseTraceparent, type SpanContext } from './trace-context.ts'

export interface Tracer {
  trace: Trace
  /** Of the span that this is part of; of none, it is not told. */
  note: (name: string, attributes: TraceAttributes) => void
  /** True within a span. */
  isWithin: () => boolean
}

interface OpenSpan extends SpanContext {
  isOpen: boolean
  /** False where the caller keeps no spans of its trace: then nobody does. */
  isSampled: boolean
  attributes: Record<string, TraceAttributes[string]>
  events: SpanEvent[]
  hasFailed: boolean
}

const maxEvents = 64
/** Epoch milliseconds that never go back within a process. */
const now = (): number => performance.timeOrigin + performance.now()

export function createTracer(end: (span: Span) => void): Tracer {
  const spans = new AsyncLocalStorage<OpenSpan | undefined>()
  /** What a span set off that outlives it is work by itself. */
  const present = (): OpenSpan | undefined => {
    const span = spans.getStore()
    return span?.isOpen ? span : undefined
  }

  return {
    isWithin: () => present() !== undefined,

    note(name, attributes) {
      const span = present()
      if (span && span.events.length < maxEvents) span.events.push({ name, at: now(), attributes })
    },

    async trace({ name, kind = 'internal', attributes = {}, traceparent }, work) {
      const parent = present() ?? parseTraceparent(traceparent)
      const startedAt = now()
      const span = openSpan(parent, attributes)
      const tell = (more: TraceAttributes, failed = false) => {
        Object.assign(span.attributes, more)
        span.hasFailed ||= failed
      }
      try {
        return await spans.run(span, work, tell)
      } catch (error) {
        tell({ 'error.type': (error as Error).name }, true)
        throw error
      } finally {
        span.isOpen = false
        if (span.isSampled) end({ ...toldOf(span, parent), name, kind, startedAt, endedAt: now() })
      }
    },
  }
}

const openSpan = (
  parent: (SpanContext & { isSampled: boolean }) | undefined,
  attributes: TraceAttributes,
): OpenSpan => ({
  traceId: parent?.traceId ?? newTraceId(),
  spanId: newSpanId(),
  isOpen: true,
  isSampled: parent?.isSampled ?? true,
  attributes: { ...attributes },
  events: [],
  hasFailed: false,
})

const toldOf = ({ traceId, spanId, attributes, events, hasFailed }: OpenSpan, parent?: SpanContext) => ({
  traceId,
  spanId,
  ...(parent && { parentSpanId: parent.spanId }),
  attributes,
  events,
  hasFailed,
})
