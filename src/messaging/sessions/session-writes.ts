import type { Db, Store } from '../../store/index.ts'
import type { KeptMessage, QueueKey } from './kept-message.ts'
import type { Logging } from './nodes/log-store.ts'
import type { SharedWrites } from './nodes/shared-writes.ts'
import { deleteMessage, saveMessage, saveState } from './message-store.ts'
import { addOlder, noChanges, type Changes, type NamedChange, type OnLost } from './session-changes.ts'
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

interface Batch extends Changes {
  done: Promise<void>
  /** That, and all nodes know what they are to be told. */
  known: Promise<void>
}

/**
 * What sessions keep, on its way to the disk. Everything that is asked for while a commit is under way goes into the
 * next one together; a message that was acknowledged before its turn is never written. What could not be written is
 * written with the next batch, except for new messages.
 */
export class SessionWrites {
  readonly #store: Pick<Store, 'transact'>
  /** Where several nodes have one database. */
  readonly #shared: SharedWrites | undefined
  readonly #onFailed: (cause: unknown) => void
  /** The batch that has not begun. */
  #batch: Batch | undefined
  /** What could not be written. */
  #left: Changes | undefined
  #last: Promise<void> = Promise.resolve()

  /** `onFailed` hears of a batch that was not written; whoever waits for it hears too. */
  constructor(store: Pick<Store, 'transact'>, onFailed: (cause: unknown) => void, shared?: SharedWrites) {
    this.#store = store
    this.#onFailed = onFailed
    this.#shared = shared
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

  /** One that has no row yet. Resolves when every node knows that its client has one. */
  createSession(record: SessionRecord): Promise<void> {
    const { accountId, clientId, sessionId } = record
    const batch = this.#open()
    batch.sessions.set(sessionId, record)
    if (this.#shared) {
      batch.created.add(sessionId)
      batch.told.set(`session ${accountId}/${clientId}`, { accountId, kind: 'session-begun', id: clientId })
    }
    return batch.known
  }

  /** `filters`: what it had subscribed to. */
  endSession(queue: QueueKey, filters: readonly string[] = []): Promise<void> {
    const batch = this.#open()
    batch.sessions.delete(queue.sessionId)
    batch.ended.set(queue.sessionId, queue)
    for (const filter of filters) this.#noteFilter(batch, queue, filter)
    return batch.done
  }

  /** Resolves when every publisher's node knows of it. */
  saveSubscription(queue: QueueKey, options: SubscriptionOptions): Promise<void> {
    const name = `subscription ${queue.sessionId} ${options.filter}`
    const batch = this.#change(name, { queue, write: (db) => saveSubscription(db, queue, options) })
    this.#noteFilter(batch, queue, options.filter)
    return batch.known
  }

  deleteSubscription(queue: QueueKey, filter: string): Promise<void> {
    const name = `subscription ${queue.sessionId} ${filter}`
    const batch = this.#change(name, { queue, write: (db) => deleteSubscription(db, queue, filter) })
    this.#noteFilter(batch, queue, filter)
    return batch.done
  }

  setReceipt(queue: QueueKey, packetId: number, isHeld: boolean): Promise<void> {
    const save = isHeld ? saveReceipt : deleteReceipt
    const write = (db: Db) => save(db, queue, packetId)
    return this.#change(`receipt ${queue.sessionId} ${packetId}`, { queue, write }).done
  }

  saveSharedQueue(queue: QueueKey, name: string): Promise<void> {
    const write = (db: Db) => saveSharedQueue(db, queue, name)
    return this.#change(`shared ${queue.sessionId}`, { write }).done
  }

  /** For the sessions of all nodes, this one among them. */
  log(logging: Logging): Promise<void> {
    const batch = this.#open()
    batch.logged.push(logging)
    return batch.done
  }

  /** With what else is asked for in this turn; the last one of its name counts. */
  write(name: string, write: (db: Db) => Promise<void>): void {
    this.#change(name, { write })
  }

  /** Resolves when what was asked for before is durable, rejects when it could not be written. */
  async flushed(): Promise<void> {
    await this.#last
  }

  /** Tries again to write what could not be written, if there is any. */
  retry(): void {
    if (this.#left) this.#open()
  }

  #change(name: string, change: NamedChange): Batch {
    const batch = this.#open()
    batch.named.set(name, change)
    return batch
  }

  #noteFilter(batch: Batch, { accountId }: QueueKey, filter: string): void {
    if (this.#shared)
      batch.told.set(`filter ${accountId}/${filter}`, { accountId, kind: 'session-filter', id: filter })
  }

  #open(): Batch {
    if (this.#batch) return this.#batch
    const changes = this.#left ?? noChanges()
    const batch: Batch = { ...changes, done: Promise.resolve(), known: Promise.resolve() }
    this.#left = undefined
    this.#batch = batch
    batch.done = this.#last = batch.known = this.#write(batch, this.#last)
    if (this.#shared) {
      batch.known = this.#shared.tell(batch)
      batch.known.catch(() => {}) // `onFailed` is told
    }
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
    const shared = this.#shared
    const work = (db: Db) => {
      this.#batch = undefined
      return shared ? shared.write(db, batch, write) : write(db, batch)
    }
    await (shared ? this.#store.transact(work, () => [...batch.told.values()]) : this.#store.transact(work))
  }

  #keepForLater(failed: Changes): void {
    failed.logged = []
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

/** Ended sessions last, so that nothing of theirs is left. */
async function write(db: Db, batch: Changes): Promise<void> {
  for (const record of batch.sessions.values()) await saveSession(db, record)
  for (const change of batch.named.values()) await change.write(db)
  for (const kept of batch.inserts.keys()) await saveMessage(db, kept)
  for (const kept of batch.updates) await saveState(db, kept)
  for (const kept of batch.removals) await deleteMessage(db, kept)
  for (const queue of batch.ended.values()) await deleteSession(db, queue)
}
