/**
 * Lets TLS handshakes begin at the rate the machine bears. A handshake costs milliseconds of processor time; when
 * thousands begin at once, each gets a slice and all of them time out. Here a turn of the event loop begins a few:
 * those that have begun finish first, and the others wait unread in the kernel. One that has begun a while ago waits
 * for its client, or for its network, and holds nobody up any more. Addresses take turns, so that one with many
 * connections delays only itself.
 */
export interface HandshakeLimits {
  /** Begun in one turn of the event loop. */
  maxHandshakesPerTurn: number
  /** Begun of late and not finished. */
  maxFreshHandshakes: number
  /** Begun and not finished, of one address or IPv6 network, and of all. */
  maxHandshakesPerAddress: number
  maxHandshakes: number
  /** Connections whose handshake waits to begin; one more is closed. */
  maxWaitingHandshakes: number
}

interface Line {
  begun: number
  readonly waiting: (() => void)[]
}

export class HandshakeQueue {
  readonly #limits: HandshakeLimits
  readonly #lines = new Map<string, Line>()
  /** The addresses that have waiting ones and may begin, in the order of their turns. */
  readonly #ready = new Set<string>()
  #begun = 0
  #fresh = 0
  #waiting = 0
  #begunThisTurn = 0
  #isTurnComing = false

  constructor(limits: HandshakeLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Begins now or later; each that has begun must `leave`. False when there is no room to wait. */
  enter(address: string, begin: () => void): boolean {
    const line = this.#lineOf(address)
    if (this.#ready.size === 0 && line.waiting.length === 0 && this.#mayBegin(line)) {
      this.#begin(line, begin)
      return true
    }
    if (this.#waiting >= this.#limits.maxWaitingHandshakes) return false
    this.#waiting++
    line.waiting.push(begin)
    this.#makeReady(address, line)
    return true
  }

  /** A handshake that has begun is not fresh any more. */
  age(): void {
    this.#fresh--
    if (this.#ready.size > 0) this.#awaitTurn()
  }

  /** The handshake is over, whichever way. */
  leave(address: string, isFresh: boolean): void {
    const line = this.#lines.get(address)
    if (!line) return
    line.begun--
    this.#begun--
    if (isFresh) this.#fresh--
    if (line.begun === 0 && line.waiting.length === 0) this.#lines.delete(address)
    else this.#makeReady(address, line)
    if (this.#ready.size > 0) this.#awaitTurn()
  }

  /** Those that wait never begin. */
  clear(): void {
    this.#ready.clear()
    this.#lines.clear()
    this.#waiting = 0
  }

  #lineOf(address: string): Line {
    let line = this.#lines.get(address)
    if (!line) this.#lines.set(address, (line = { begun: 0, waiting: [] }))
    return line
  }

  #mayBegin(line: Line): boolean {
    return this.#hasRoom() && line.begun < this.#limits.maxHandshakesPerAddress
  }

  #hasRoom(): boolean {
    const { maxHandshakesPerTurn, maxFreshHandshakes, maxHandshakes } = this.#limits
    return (
      this.#begunThisTurn < maxHandshakesPerTurn &&
      this.#fresh < maxFreshHandshakes &&
      this.#begun < maxHandshakes
    )
  }

  #begin(line: Line, begin: () => void): void {
    line.begun++
    this.#begun++
    this.#fresh++
    this.#begunThisTurn++
    this.#awaitTurn()
    begin()
  }

  #makeReady(address: string, { begun, waiting }: Line): void {
    if (waiting.length === 0 || begun >= this.#limits.maxHandshakesPerAddress) return
    this.#ready.add(address)
    this.#awaitTurn()
  }

  #awaitTurn(): void {
    if (this.#isTurnComing) return
    this.#isTurnComing = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#isTurnComing = false
    this.#begunThisTurn = 0
    while (this.#hasRoom()) {
      const [address] = this.#ready
      if (address === undefined) return
      this.#ready.delete(address) // and added again at the end
      const line = this.#lineOf(address)
      const begin = line.waiting.shift()
      if (!begin) continue
      this.#waiting--
      this.#begin(line, begin)
      this.#makeReady(address, line)
    }
  }
}
