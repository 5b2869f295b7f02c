const windowMs = 60_000
const maxInWindow = 60
const maxKept = 10_000

/**
 * Each session is kept for a day after its end: one device that asks in a loop must not fill the store. Devices ask
 * about once an hour.
 */
export class AskRates {
  readonly #now: () => Date
  /** The one that began first comes first. */
  readonly #windows = new Map<string, { beganAt: number; asked: number }>()

  constructor(now: () => Date) {
    this.#now = now
  }

  /** False for the 61st time in a minute. */
  take(device: string): boolean {
    const now = this.#now().getTime()
    const window = this.#windows.get(device)
    if (window && Math.abs(now - window.beganAt) < windowMs) return ++window.asked <= maxInWindow
    this.#windows.delete(device)
    if (this.#windows.size >= maxKept) this.#windows.delete(this.#windows.keys().next().value ?? '')
    this.#windows.set(device, { beganAt: now, asked: 1 })
    return true
  }
}
