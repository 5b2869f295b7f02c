/** Numbers of 32 bits but 0, four bytes each and as much room again: a `Set` takes several times that, and there are millions. */
export class NumberSet {
  #slots = new Int32Array(smallest)
  #size = 0

  get size(): number {
    return this.#size
  }

  has(number: number): boolean {
    return this.#slots[this.#find(number)] === number
  }

  add(number: number): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#resize(2 * this.#slots.length)
    const at = this.#find(number)
    if (this.#slots[at] === number) return
    this.#slots[at] = number
    this.#size++
  }

  delete(number: number): void {
    let hole = this.#find(number)
    if (this.#slots[hole] !== number) return
    this.#size--
    const mask = this.#slots.length - 1
    // what came after it moves up, or it would not be found any more
    for (let at = (hole + 1) & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      const home = (this.#slots[at] ?? 0) & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      this.#slots[hole] = this.#slots[at] ?? 0
      hole = at
    }
    this.#slots[hole] = 0
    if (this.#slots.length > smallest && 8 * this.#size < this.#slots.length)
      this.#resize(this.#slots.length / 2)
  }

  /** Where it is, or else would be. */
  #find(number: number): number {
    const mask = this.#slots.length - 1
    let at = number & mask
    while (this.#slots[at] !== 0 && this.#slots[at] !== number) at = (at + 1) & mask
    return at
  }

  #resize(slots: number): void {
    const before = this.#slots
    this.#slots = new Int32Array(slots)
    for (const number of before) if (number !== 0) this.#slots[this.#find(number)] = number
  }
}

const smallest = 16
