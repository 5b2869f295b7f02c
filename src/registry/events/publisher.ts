/** Publishes the events that waited for their transaction. */
import { despiteNoRoom, type Fabric } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import { deletePublished, listWaiting, type WaitingEvent } from './store.ts'

export interface PublisherDeps {
  store: Pick<Store, 'transact'>
  fabric: Pick<Fabric, 'publish'>
  log: Pick<Log, 'error'>
  /** Empty where one server has the database. */
  nodeName: string
}

/** Events of one transaction, at most. */
const batch = 256

/**
 * At least once: an event is forgotten after it was published, so one that was published when the server was killed is
 * published again, with the same `eventId`.
 */
export class Publisher {
  readonly #deps: PublisherDeps
  #isWanted = false
  #isClosed = false
  #running: Promise<void> | undefined

  constructor(deps: PublisherDeps) {
    this.#deps = deps
  }

  /** There may be events: also of a transaction that runs now. */
  wake(): void {
    this.#isWanted = true
    if (!this.#isClosed) this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  /** Resolves when nothing is being published any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false
        await this.#publishAll()
      }
    } catch (error) {
      this.#deps.log.error({ err: error }, 'events of the registry could not be published; they are kept')
    }
  }

  async #publishAll(): Promise<void> {
    const { store, nodeName } = this.#deps
    let published: number[] = []
    do {
      const seqs = published
      // in a transaction: it comes after the one that runs now, and resolves when what it has seen is durable
      const events = await store.transact(async (db) => {
        if (seqs.length > 0) await deletePublished(db, seqs)
        return listWaiting(db, nodeName, batch)
      })
      await Promise.all(events.map((event) => despiteNoRoom(this.#publish(event))))
      published = events.map(({ seq }) => seq)
    } while (published.length > 0)
  }

  #publish({ accountId, topic, payload }: WaitingEvent): Promise<void> | undefined {
    const message = { accountId, topic, payload: Buffer.from(payload), qos: 1 as const, retain: false }
    return this.#deps.fabric.publish(message)
  }
}
