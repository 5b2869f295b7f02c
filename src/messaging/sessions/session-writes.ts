import type { Db, Store } from '../../store/index.ts'
import type { KeptMessage, QueueKey } from './kept-message.ts'
import { deleteMessage, saveMessage, saveState } from './message-store.ts'
import {
  deleteReceipt,
  deleteSession,
  deleteSubscription,
  saveReceipt,
  saveSession,
  saveSharedQueue,
  saveSubscription,
  type SessionRecord,
} from './store.ts'
import type { SubscriptionOptions } from './subscription.ts'

/** Hears that a message was not stored: its publisher knows too, so it is not tried again. */
type OnLost = (kept: KeptMessage) => void

interface Changes {
  sessions: Map<number, SessionRecord>
  /** The last thing asked for by name. */
  named: Map<string, (db: Db) => Promise<void>>
  /** Without `OnLost` what is tried until it succeeds. */
  inserts: Map<KeptMessage, OnLost | undefined>
  updates: Set<KeptMessage>
  removals: Set<KeptMessage>
  /** Sessions that are gone, with all that is theirs. */
  ended: Map<number, QueueKey>
}

interface Batch extends Changes {
  done: Promise<void>
}

/**
 * What sessions keep, on its way to the disk. Everything that is asked for while a commit is under way goes into the
 * next one together; a message that was acknowledged before its turn is never written. What could not be written is
 * written with the next batch, except for new messages.
 */
export class SessionWrites {
  readonly #store: Pick<Store, 'transact'>
  readonly #onFailed: (cause: unknown) => void
  /** The batch that has not begun. */
  #batch: Batch | undefined
  /** What could not be written. */
  #left: Changes | undefined
  #last: Promise<void> = Promise.resolve()

  /** `onFailed` hears of a batch that was not written; whoever waits for it hears too. */
  constructor(store: Pick<Store, 'transact'>, onFailed: (cause: unknown) => void) {
    this.#store = store
    this.#onFailed = onFailed
  }

  /** Without `onLost`: it has been promised before, as a message of another queue, and is written in the end. */
  insert(kept: KeptMessage, onLost?: OnLost): Promise<void> {
    const batch = this.#open()
    batch.inserts.set(kept, onLost)
    return batch.done
  }

  remove(kept: KeptMessage): void {
    if (kept.isLost || this.#batch?.inserts.delete(kept)) return
    const batch = this.#open()
    if (batch.inserts.delete(kept)) return // one that is tried again
    batch.updates.delete(kept)
    batch.removals.add(kept)
  }

  /** Writes the state that it has by then. */
  update(kept: KeptMessage): Promise<void> {
    const batch = this.#open()
    if (!batch.inserts.has(kept)) batch.updates.add(kept)
    return batch.done
  }

  saveSession(record: SessionRecord): Promise<void> {
    const batch = this.#open()
    batch.sessions.set(record.sessionId, record)
    return batch.done
  }

  endSession(queue: QueueKey): Promise<void> {
    const batch = this.#open()
    batch.sessions.delete(queue.sessionId)
    batch.ended.set(queue.sessionId, queue)
    return batch.done
  }

  saveSubscription(queue: QueueKey, options: SubscriptionOptions): Promise<void> {
    const name = `subscription ${queue.sessionId} ${options.filter}`
    return this.#change(name, (db) => saveSubscription(db, queue, options))
  }

  deleteSubscription(queue: QueueKey, filter: string): Promise<void> {
    return this.#change(`subscription ${queue.sessionId} ${filter}`, (db) =>
      deleteSubscription(db, queue, filter),
    )
  }

  setReceipt(queue: QueueKey, packetId: number, isHeld: boolean): Promise<void> {
    const write = isHeld ? saveReceipt : deleteReceipt
    return this.#change(`receipt ${queue.sessionId} ${packetId}`, (db) => write(db, queue, packetId))
  }

  saveSharedQueue(queue: QueueKey, name: string): Promise<void> {
    return this.#change(`shared ${queue.sessionId}`, (db) => saveSharedQueue(db, queue, name))
  }

  /** Resolves when what was asked for before is durable, rejects when it could not be written. */
  async flushed(): Promise<void> {
    await this.#last
  }

  /** Tries again to write what could not be written, if there is any. */
  retry(): void {
    if (this.#left) this.#open()
  }

  #change(name: string, write: (db: Db) => Promise<void>): Promise<void> {
    const batch = this.#open()
    batch.named.set(name, write)
    return batch.done
  }

  #open(): Batch {
    if (this.#batch) return this.#batch
    const batch: Batch = { ...(this.#left ?? noChanges()), done: Promise.resolve() }
    this.#left = undefined
    this.#batch = batch
    batch.done = this.#last = this.#write(batch, this.#last)
    batch.done.then(
      () => batch.inserts.forEach((_, kept) => (kept.isDurable = true)),
      (cause: unknown) => {
        if (this.#batch === batch) this.#batch = undefined
        this.#keepForLater(batch)
        this.#onFailed(cause)
      },
    )
    return batch
  }

  /** Not before it is known whether the one before succeeded, whose changes it takes over otherwise. */
  async #write(batch: Batch, previous: Promise<void>): Promise<void> {
    await previous.catch(() => {}) // `onFailed` was told
    await this.#store.transact((db) => {
      this.#batch = undefined
      return write(db, batch)
    })
  }

  #keepForLater(failed: Changes): void {
    for (const [kept, onLost] of failed.inserts) {
      if (!onLost) continue
      failed.inserts.delete(kept)
      kept.isLost = true
      onLost(kept)
    }
    if (this.#batch) addOlder(this.#batch, failed)
    else this.#left = failed
  }
}

const noChanges = (): Changes => ({
  sessions: new Map(),
  named: new Map(),
  inserts: new Map(),
  updates: new Set(),
  removals: new Set(),
  ended: new Map(),
})

/** What was asked for later counts. */
function addOlder(newer: Changes, older: Changes): void {
  for (const [id, record] of older.sessions)
    if (!newer.sessions.has(id) && !newer.ended.has(id)) newer.sessions.set(id, record)
  for (const [name, write] of older.named) if (!newer.named.has(name)) newer.named.set(name, write)
  for (const kept of older.inserts.keys())
    if (!newer.removals.delete(kept)) newer.inserts.set(kept, undefined) // removed: it need never be written
  for (const kept of older.updates) if (!newer.removals.has(kept)) newer.updates.add(kept)
  for (const kept of older.removals) if (!kept.isLost) newer.removals.add(kept)
  for (const [id, queue] of older.ended) newer.ended.set(id, queue)
}

/** Ended sessions last, so that nothing of theirs is left. */
async function write(db: Db, batch: Changes): Promise<void> {
  for (const record of batch.sessions.values()) await saveSession(db, record)
  for (const change of batch.named.values()) await change(db)
  for (const kept of batch.inserts.keys()) await saveMessage(db, kept)
  for (const kept of batch.updates) await saveState(db, kept)
  for (const kept of batch.removals) await deleteMessage(db, kept)
  for (const queue of batch.ended.values()) await deleteSession(db, queue)
}
