/** What the parts of a server tell of their work while they do it. */
import { watchEventLoop, type EventLoop } from './event-loop.ts'
import { Counter, Histogram } from './series.ts'

export interface Meters extends Disposable {
  eventLoop: EventLoop
  /** By service, operation, and status of HTTP. */
  apiCalls: Counter
  /** By service. */
  apiSeconds: Histogram
  /** From CONNECT to CONNACK. */
  connectSeconds: Histogram
  /** First connections of certificates: all that is judged, made, and committed. */
  admissionSeconds: Histogram
  /** Of transactions that share one. */
  commitSeconds: Histogram
  /** By outcome. */
  functionSeconds: Histogram
}

/** Environments may take 15 minutes. */
const longBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]

export function openMeters(): Meters {
  const eventLoop = watchEventLoop()
  return {
    eventLoop,
    apiCalls: new Counter(),
    apiSeconds: new Histogram(),
    connectSeconds: new Histogram(),
    admissionSeconds: new Histogram(),
    commitSeconds: new Histogram(),
    functionSeconds: new Histogram(longBounds),
    [Symbol.dispose]: () => eventLoop[Symbol.dispose](),
  }
}
