/** Messages that a session was to have and did not get: counted by reason, told once in a while. */

/**
 * `queue-full`: as many waited as may. `refused`: so, and the publisher was told. `congested`: QoS 0, and the client did
 * not read what it was sent before. `too-large`: above the Maximum Packet Size of the client. `expired`: as its publisher
 * wished. `session-ended`: it waited for a session that has ended.
 */
type DropReason = 'queue-full' | 'refused' | 'congested' | 'too-large' | 'expired' | 'session-ended'

export type DropCounts = Partial<Record<DropReason, number>>

/** Of one queue. `topic` is that of one of the messages, where it is known. */
export type CountDropped = (reason: DropReason, topic?: string, count?: number) => void

/** What one session, or the queue of one shared group, lost since it was told of last. */
export interface DroppedMessages {
  accountId: string
  /** The client id, or the name of the group. */
  name: string
  topic: string | undefined
  counts: DropCounts
}

export interface DropLedgerDeps {
  now: () => Date
  report: (dropped: DroppedMessages) => void
}

interface Page {
  accountId: string
  name: string
  total: DropCounts
  untold: DropCounts
  topic: string | undefined
  /** Epoch milliseconds. */
  toldAt: number
}

const tellEveryMs = 3_600_000
const maxNames = 20_000

function add(counts: DropCounts, reason: DropReason, count: number): void {
  counts[reason] = (counts[reason] ?? 0) + count
}

/** A page for each name that lost something since the start; with very many names, for those that did of late. */
export class DropLedger {
  readonly #deps: DropLedgerDeps
  readonly #pages = new Map<string, Page>()
  readonly #untold = new Set<Page>()
  readonly #totals = new Map<string, DropCounts>()

  constructor(deps: DropLedgerDeps) {
    this.#deps = deps
  }

  /** By account. */
  get totals(): ReadonlyMap<string, Readonly<DropCounts>> {
    return this.#totals
  }

  find(accountId: string, name: string): Readonly<DropCounts> {
    return this.#pages.get(`${accountId}/${name}`)?.total ?? {}
  }

  counterOf(accountId: string, name: string): CountDropped {
    return (reason, topic, count = 1) => {
      let totals = this.#totals.get(accountId)
      if (!totals) this.#totals.set(accountId, (totals = {}))
      add(totals, reason, count)
      const page = this.#pageOf(accountId, name)
      if (!page) return
      add(page.total, reason, count)
      add(page.untold, reason, count)
      if (reason === 'expired') return // nothing is wrong; it is told of together with others
      page.topic ??= topic
      this.#untold.add(page)
    }
  }

  /** Tells of each name soon, and then once an hour. */
  sweep(): void {
    const now = this.#deps.now().getTime()
    for (const page of this.#untold) if (now - page.toldAt >= tellEveryMs) this.#tell(page, now)
    if (this.#pages.size < maxNames) return
    for (const [key, page] of this.#pages) if (!this.#untold.has(page)) this.#pages.delete(key)
  }

  /** Tells of what is left. */
  flush(): void {
    for (const page of this.#untold) this.#tell(page, this.#deps.now().getTime())
  }

  #pageOf(accountId: string, name: string): Page | undefined {
    const key = `${accountId}/${name}`
    const known = this.#pages.get(key)
    if (known || this.#pages.size >= maxNames) return known
    const page: Page = { accountId, name, total: {}, untold: {}, topic: undefined, toldAt: -tellEveryMs }
    this.#pages.set(key, page)
    return page
  }

  #tell(page: Page, now: number): void {
    const { accountId, name, topic, untold: counts } = page
    this.#untold.delete(page)
    page.untold = {}
    page.topic = undefined
    page.toldAt = now
    this.#deps.report({ accountId, name, topic, counts })
  }
}
