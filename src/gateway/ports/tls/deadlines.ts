import type { Socket } from 'node:net'

/** Ends connections that keep others waiting for too long. One clock looks after all: a timer each costs more. */
export class Deadlines implements Disposable {
  readonly #timeoutMs: number
  readonly #began = new Map<Socket, number>()
  /** Set while there is something to look after. */
  #sweep: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** From here on the socket has its time, until it is `met`. */
  begin(socket: Socket): void {
    this.#began.set(socket, performance.now())
    this.#sweep ??= setInterval(() => this.#look(), Math.max(10, this.#timeoutMs / 4)).unref()
  }

  met(socket: Socket): void {
    this.#began.delete(socket)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweep)
  }

  #look(): void {
    if (this.#began.size === 0) {
      clearInterval(this.#sweep)
      this.#sweep = undefined
    }
    const now = performance.now()
    for (const [socket, began] of this.#began) {
      if (!socket.destroyed && now - began <= this.#timeoutMs) continue
      this.#began.delete(socket)
      socket.destroy()
    }
  }
}
