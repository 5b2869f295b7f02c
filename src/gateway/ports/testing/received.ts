/** Bytes that came over a connection, and those who wait for so many of them. */
export class Received {
  bytes = Buffer.alloc(0)
  readonly #looks = new Set<() => void>()

  push(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk])
    for (const look of this.#looks) look()
  }

  /** Resolves with all that came so far once there are that many. */
  atLeast(count: number): Promise<Buffer> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.bytes.length < count) return void this.#looks.add(look)
        this.#looks.delete(look)
        resolve(this.bytes)
      }
      look()
    })
  }
}
