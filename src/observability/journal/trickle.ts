/** Lets a few through in a while and counts the others. */
export class Trickle {
  readonly #most: number
  readonly #windowMs: number
  #windowStart = -Infinity
  #passed = 0
  #held = 0

  constructor({ most, windowMs }: { most: number; windowMs: number }) {
    this.#most = most
    this.#windowMs = windowMs
  }

  /** How many were held back before this one; `undefined` when this one is held back too. `time` in milliseconds. */
  pass(time: number): number | undefined {
    if (Math.abs(time - this.#windowStart) >= this.#windowMs) {
      this.#windowStart = time // also when the clock was set back
      this.#passed = 0
    }
    if (this.#passed >= this.#most) {
      this.#held++
      return undefined
    }
    this.#passed++
    const held = this.#held
    this.#held = 0
    return held
  }
}
