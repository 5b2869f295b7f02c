import type { JournalCode } from './codes.ts'
import type { RecordEntry } from './entry.ts'

const windowMs = 1000
const mostInWindow = 20

/** Lets a few through in a while and counts the others. */
class Trickle {
  #windowStart = -Infinity
  #passed = 0
  #held = 0

  /** How many were held back before this one; `undefined` when this one is held back too. `time` in milliseconds. */
  pass(time: number): number | undefined {
    if (Math.abs(time - this.#windowStart) >= windowMs) {
      this.#windowStart = time // also when the clock was set back
      this.#passed = 0
    }
    if (this.#passed >= mostInWindow) {
      this.#held++
      return undefined
    }
    this.#passed++
    const held = this.#held
    this.#held = 0
    return held
  }
}

/**
 * For what anybody can bring about who reaches a port: 20 entries of each code are recorded in a second, and how many
 * others there were (`notRecorded`). So a flood of strangers cannot push out what the journal says of devices.
 */
export function recordStrangers(record: RecordEntry): RecordEntry {
  const trickles = new Map<JournalCode, Trickle>()
  return (entry) => {
    let trickle = trickles.get(entry.code)
    if (!trickle) trickles.set(entry.code, (trickle = new Trickle()))
    const notRecorded = trickle.pass(entry.at.getTime())
    if (notRecorded === undefined) return
    record(notRecorded > 0 ? { ...entry, details: { ...entry.details, notRecorded } } : entry)
  }
}
