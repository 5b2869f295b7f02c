import { performance } from 'node:perf_hooks'
import { Histogram } from './series.ts'

const everyMs = 500

export interface EventLoop extends Disposable {
  /** How late timers come: what whoever is served waits for before anything is done. */
  lag: Histogram
  /** Seconds in which it worked, since the start. */
  busySeconds: () => number
}

/** Watches the event loop of this process, by a timer that should come twice a second. */
export function watchEventLoop(): EventLoop {
  const lag = new Histogram()
  let due = performance.now() + everyMs
  const timer = setInterval(() => {
    const now = performance.now()
    lag.observe(Math.max(0, now - due) / 1000)
    due = now + everyMs
  }, everyMs).unref()
  return {
    lag,
    busySeconds: () => performance.eventLoopUtilization().active / 1000,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
