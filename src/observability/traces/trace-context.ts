/** Names of traces and spans, and how a caller says which trace its request belongs to. Source: W3C Trace Context, level 1. */
import { randomBytes } from 'node:crypto'

export interface SpanContext {
  /** 32 lowercase hex digits. */
  traceId: string
  /** 16 lowercase hex digits. */
  spanId: string
}

/** What a caller says of its own span, and whether that is kept by its side. */
export interface CallerContext extends SpanContext {
  isSampled: boolean
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Undefined for what is none: a bad header starts a trace anew, and is no fault of the request. */
export function parseTraceparent(header: string | undefined): CallerContext | undefined {
  if (header === undefined || header.length > 256) return undefined
  const [, version, traceId = '', spanId = '', flags = '', more] = form.exec(header) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

export const newTraceId = (): string => randomBytes(16).toString('hex')
export const newSpanId = (): string => randomBytes(8).toString('hex')
