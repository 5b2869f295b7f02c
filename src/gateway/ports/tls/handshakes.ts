import type { Socket } from 'node:net'
import { addressGroup } from '../../../lib/address-ranges.ts'
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
export interface Handshake {
  /** Whose turn it took. */
  group: string
  socket: Socket
  source: Source
  beganAt: number
  isFresh: boolean
  isOver: boolean
  /** It was ended for that, and told of. */
  isTooSlow: boolean
}

/** The handshakes of one port: they begin in turns, and those that take too long are ended. */
export class Handshakes implements Disposable {
  readonly #queue: HandshakeQueue
  readonly #times: HandshakeTimes
  readonly #onTimeout: (source: Source) => void
  /** Oldest first. */
  readonly #running = new Set<Handshake>()
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
  enter(socket: Socket, source: Source, begin: (handshake: Handshake) => void): boolean {
    const group = addressGroup(source.address)
    return this.#queue.enter(group, () => {
      if (socket.destroyed) return this.#queue.leave(group, true)
      const beganAt = performance.now()
      const state = { isFresh: true, isOver: false, isTooSlow: false }
      const handshake: Handshake = { group, socket, source, beganAt, ...state }
      this.#running.add(handshake)
      this.#sweep ??= setInterval(() => this.#look(), this.#sweepMs).unref()
      socket.on('close', () => this.finish(handshake))
      begin(handshake)
    })
  }

  /** It is done, whichever way. */
  finish(handshake: Handshake): void {
    if (handshake.isOver) return
    handshake.isOver = true
    this.#running.delete(handshake)
    this.#queue.leave(handshake.group, handshake.isFresh)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweep)
    this.#queue.clear()
  }

  #look(): void {
    if (this.#running.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
    const now = performance.now()
    const isCrowded = this.#queue.waiting > 0
    for (const handshake of this.#running) {
      const ageMs = now - handshake.beganAt
      if (ageMs > this.#times.freshHandshakeMs && handshake.isFresh) {
        handshake.isFresh = false
        this.#queue.age()
      }
      if (this.#isTooSlow(handshake, ageMs, isCrowded)) {
        handshake.isTooSlow = true
        this.finish(handshake)
        this.#onTimeout(handshake.source)
        handshake.socket.destroy()
      }
    }
  }

  /** However a client keeps it alive, byte by byte. */
  #isTooSlow({ socket }: Handshake, ageMs: number, isCrowded: boolean): boolean {
    const { handshakeTimeoutMs, firstByteTimeoutMs } = this.#times
    if (ageMs > handshakeTimeoutMs) return true
    return isCrowded && ageMs > firstByteTimeoutMs && socket.bytesRead === 0
  }
}
