/** QoS 1 messages that are sent again on the same connection when they are not acknowledged: as AWS does, not as MQTT 5 does. */

import type { Message } from '../../fabric/in-process/index.ts'
import type { Link } from './link.ts'

/** Epoch milliseconds, as fine as the sweep. */
export interface SentTimes {
  firstSentAt: number
  sentAt: number
}

/** What one client was sent. */
export interface Retrying {
  /** Sends again what is due. False when nothing is unacknowledged. */
  retry: (now: number) => boolean
}

/** Those that are to be sent again now. */
export function* takeDue<Sent extends { message: Message; sentTimes?: SentTimes | undefined; isLost?: true }>(
  link: Link | undefined,
  sent: Iterable<Sent>,
  now: number,
): Iterable<Sent> {
  if (!link?.retry) return
  const { afterMs, forMs } = link.retry
  for (const one of sent) {
    const { sentTimes: times, message } = one
    if (!times || one.isLost || now - times.sentAt < afterMs || now - times.firstSentAt >= forMs) continue
    if (link.isCongested() || !link.mayReceive(message.topic)) continue
    times.sentAt = now
    yield one
  }
}

/** Looks after those clients that have something to acknowledge, and no others. */
export class Retries {
  readonly #waiting = new Set<Retrying>()
  /** Epoch milliseconds, of the last sweep. */
  now: number

  constructor(now: number) {
    this.now = now
  }

  /** For a message that is sent now. */
  watch(one: Retrying): SentTimes {
    this.#waiting.add(one)
    return { firstSentAt: this.now, sentAt: this.now }
  }

  sweep(now: number): void {
    this.now = now
    for (const one of this.#waiting) if (!one.retry(now)) this.#waiting.delete(one)
  }
}
