import type { Socket } from 'node:net'
import { addressGroup } from './address-ranges.ts'
import { HandshakeQueue, type HandshakeLimits } from './handshake-queue.ts'
import type { Source } from './proxy-header.ts'

export interface HandshakeTimes {
  handshakeTimeoutMs: number
  /** How long a handshake counts as one that has just begun. */
  freshHandshakeMs: number
  /** When others wait, who has sent nothing for so long must make room. */
  firstByteTimeoutMs: number
}

/** One handshake that has begun. */
interface Handshake {
  key: string
  /** Whose turn it took. */
  group: string
  socket: Socket
  source: Source
  beganAt: number
  isFresh: boolean
  isOver: boolean
}

/** The TCP connection is the same below a TLS socket: its far end tells which it is. */
const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** The handshakes of one port: they begin in turns, and those that take too long are ended. */
export class Handshakes implements Disposable {
  readonly #queue: HandshakeQueue
  readonly #times: HandshakeTimes
  readonly #onTimeout: (source: Source) => void
  /** Oldest first. */
  readonly #running = new Map<string, Handshake>()
  readonly #sweepMs: number
  /** Set while there is something to look after. */
  #sweep: NodeJS.Timeout | undefined

  constructor(limits: HandshakeLimits & HandshakeTimes, onTimeout: (source: Source) => void) {
    this.#queue = new HandshakeQueue(limits)
    this.#times = limits
    this.#onTimeout = onTimeout
    const { handshakeTimeoutMs, freshHandshakeMs, firstByteTimeoutMs } = limits
    this.#sweepMs = Math.max(10, Math.min(handshakeTimeoutMs, freshHandshakeMs, firstByteTimeoutMs) / 4)
  }

  /** Calls `begin` when it is this connection's turn. False when too many wait already. */
  enter(socket: Socket, source: Source, begin: () => void): boolean {
    const group = addressGroup(source.address)
    return this.#queue.enter(group, () => {
      if (socket.destroyed) return this.#queue.leave(group, true)
      const key = keyOf(socket)
      const beganAt = performance.now()
      const replaced = this.#running.get(key)
      if (replaced) this.#end(replaced)
      this.#running.set(key, { key, group, socket, source, beganAt, isFresh: true, isOver: false })
      this.#sweep ??= setInterval(() => this.#look(), this.#sweepMs).unref()
      begin()
    })
  }

  /** The handshake of a TLS socket, or of the socket below it, is done: gives its far end. */
  finish(socket: Socket): Source | undefined {
    const handshake = this.#running.get(keyOf(socket))
    if (!handshake) return undefined
    this.#end(handshake)
    return handshake.source
  }

  /** Call it for every socket that was entered, when it is closed. */
  closed(socket: Socket): void {
    const handshake = this.#running.get(keyOf(socket))
    if (handshake?.socket === socket) this.#end(handshake)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweep)
    this.#queue.clear()
  }

  #end(handshake: Handshake): void {
    if (handshake.isOver) return
    handshake.isOver = true
    const { key, group, isFresh } = handshake
    if (this.#running.get(key) === handshake) this.#running.delete(key)
    this.#queue.leave(group, isFresh)
  }

  #look(): void {
    if (this.#running.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
    const now = performance.now()
    const isCrowded = this.#queue.waiting > 0
    for (const handshake of this.#running.values()) {
      const ageMs = now - handshake.beganAt
      if (ageMs > this.#times.freshHandshakeMs && handshake.isFresh) {
        handshake.isFresh = false
        this.#queue.age()
      }
      if (this.#isTooSlow(handshake, ageMs, isCrowded)) {
        this.#end(handshake)
        this.#onTimeout(handshake.source)
        handshake.socket.destroy()
      }
    }
  }

  /** However a client keeps it alive, byte by byte. The TLS library has its own clock, which begins with the ClientHello. */
  #isTooSlow({ socket }: Handshake, ageMs: number, isCrowded: boolean): boolean {
    const { handshakeTimeoutMs, firstByteTimeoutMs } = this.#times
    if (ageMs > 1.5 * handshakeTimeoutMs) return true
    return isCrowded && ageMs > firstByteTimeoutMs && socket.bytesRead === 0
  }
}
