import type { Store } from '../../store/index.ts'
import type { RetainedMessage } from './retained-message.ts'
import { deleteRetained, saveRetained } from './store.ts'

interface Write {
  /** The payload is a copy; an empty one deletes. */
  retained: RetainedMessage
  hasBegun: boolean
  done: Promise<void>
}

/** Retained messages on their way to the disk. Those of one topic that wait together are written once, as the last. */
export class RetainedWrites {
  readonly #store: Pick<Store, 'transact'>
  readonly #writes = new Map<string, Write>()
  #pendingBytes = 0

  constructor(store: Pick<Store, 'transact'>) {
    this.#store = store
  }

  /** Of payload. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** What is being written for the topic; with an empty payload when it is being deleted. */
  find(accountId: string, topic: string): RetainedMessage | undefined {
    return this.#writes.get(keyOf(accountId, topic))?.retained
  }

  /** Resolves once it, or what replaced it while it waited, is durable. */
  write(accountId: string, given: RetainedMessage): Promise<void> {
    const retained = { ...given, payload: Uint8Array.from(given.payload) } // part of a buffer that others use
    const key = keyOf(accountId, given.topic)
    const waiting = this.#writes.get(key)
    this.#pendingBytes += retained.payload.length
    if (waiting && !waiting.hasBegun) {
      this.#pendingBytes -= waiting.retained.payload.length
      waiting.retained = retained
      return waiting.done
    }
    const write: Write = { retained, hasBegun: false, done: Promise.resolve() }
    write.done = this.#carryOut(accountId, write).finally(() => {
      this.#pendingBytes -= write.retained.payload.length
      if (this.#writes.get(key) === write) this.#writes.delete(key)
    })
    this.#writes.set(key, write)
    return write.done
  }

  #carryOut(accountId: string, write: Write): Promise<void> {
    return this.#store.transact(
      (db) => {
        write.hasBegun = true
        const { retained } = write
        return retained.payload.length > 0
          ? saveRetained(db, accountId, retained)
          : deleteRetained(db, accountId, retained.topic)
      },
      () => [{ accountId, kind: 'retained-message', id: write.retained.topic }],
    )
  }
}

const keyOf = (accountId: string, topic: string): string => `${accountId}/${topic}`
