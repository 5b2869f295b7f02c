const intervalMs = 60_000

/** Does the work now and each minute, until it is disposed of. `onError` hears of a time that failed; the next one comes all the same. */
export function sweepEachMinute(work: () => Promise<unknown>, onError: (error: unknown) => void): Disposable {
  const sweep = () => void work().catch(onError)
  const timer = setInterval(sweep, intervalMs).unref()
  sweep()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
