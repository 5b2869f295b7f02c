import type { TraceAttributes } from '../../lib/trace.ts'
import type { SpanContext } from './trace-context.ts'

/** What was decided or seen at one moment of a span. */
export interface SpanEvent {
  name: string
  /** Epoch milliseconds. */
  at: number
  attributes: TraceAttributes
}

/** A span that has ended. */
export interface Span extends SpanContext {
  parentSpanId?: string
  name: string
  kind: 'server' | 'internal'
  /** Epoch milliseconds, with their fraction. */
  startedAt: number
  endedAt: number
  attributes: TraceAttributes
  events: readonly SpanEvent[]
  /** By our fault. */
  hasFailed: boolean
}
