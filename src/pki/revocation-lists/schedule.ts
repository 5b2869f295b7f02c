/** When a revocation list is looked at again. Pure. */
import type { NamedSource } from '../../lib/outbound/named-source.ts'
import type { ListInForce } from './standing.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** A look at a file costs next to nothing. */
const fileIntervalMs = minute
/** A list may be replaced long before it ends: when a key was stolen. */
const urlIntervalMs = hour
const minIntervalMs = 10 * second
const firstRetryMs = minute
const maxRetryMs = hour

interface Moment {
  source: NamedSource
  list: Pick<ListInForce, 'nextUpdate'> | undefined
  /** One after another. */
  failures: number
  now: Date
  /** From 0 to 1. */
  random: number
}

/** Milliseconds from now: in good time before the list ends; later with each failure, but at an hour the latest. */
export function nextLookMs({ source, list, failures, now, random }: Moment): number {
  const usual = source.kind === 'file' ? fileIntervalMs : urlIntervalMs
  if (failures > 0) {
    const retry = Math.min(firstRetryMs * 2 ** (failures - 1), maxRetryMs, usual)
    return withJitter(retry, random)
  }
  const left = list?.nextUpdate === undefined ? Infinity : list.nextUpdate.getTime() - now.getTime()
  return withJitter(Math.max(minIntervalMs, Math.min(usual, left / 2)), random)
}

/** Up to a tenth less, so that CAs and servers do not ask all at once. */
const withJitter = (ms: number, random: number) => Math.round(ms * (1 - random / 10))
