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
  /** Of messages with QoS 1 and 2, from PUBLISH until it may be acknowledged. */
  publishSeconds: Histogram
  /** One message through one rule: statement and actions, with what they waited for. */
  ruleSeconds: Histogram
  /** Certificates of which it was told that they are about to end; by kind and days. */
  expiryNotices: Counter
  /** Of transactions that share one. */
  commitSeconds: Histogram
  /** By outcome. */
  functionSeconds: Histogram
}

/** Functions may take 15 minutes, and actions are tried again. */
const longBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]

export function openMeters(): Meters {
  const eventLoop = watchEventLoop()
  return {
    eventLoop,
    apiCalls: new Counter(),
    apiSeconds: new Histogram(),
    connectSeconds: new Histogram(),
    admissionSeconds: new Histogram(),
    publishSeconds: new Histogram(),
    ruleSeconds: new Histogram(longBounds),
    expiryNotices: new Counter(),
    commitSeconds: new Histogram(),
    functionSeconds: new Histogram(longBounds),
    [Symbol.dispose]: () => eventLoop[Symbol.dispose](),
  }
}
