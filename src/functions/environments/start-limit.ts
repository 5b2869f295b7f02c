/** How long an environment may take to start. This is apart from the function's time-out, which begins with an event. */

/** Lambda gives 10 s; a small machine that starts many at once takes longer. */
export const defaultStartLimitMs = 30_000
/** A host that gives a start no processor for so long will not do better. */
const maxStartMs = 10 * defaultStartLimitMs

interface Start {
  limitMs: number
  elapsedMs: number
  /** Of that, how long it was ready to run and had no processor. */
  waitedMs: number
}

/** Milliseconds until the start is to be looked at again; 0: it has had its time. */
export function nextLookMs({ limitMs, elapsedMs, waitedMs }: Start): number {
  const ownMs = elapsedMs - Math.min(waitedMs, elapsedMs)
  if (ownMs >= limitMs || elapsedMs >= Math.max(limitMs, maxStartMs)) return 0
  return Math.max(10, Math.min(limitMs - ownMs, 1000))
}
