/** The journal as server-sent events: what was written after the last id that the reader has, without loss or repeat. */
import type { Writable } from 'node:stream'
import { turnOfOthers } from '../../lib/turn-of-others.ts'

/** An entry of the journal, as far as the feed looks into it. */
export interface FeedEntry {
  entryId: number
}

export interface FeedSource {
  /** The newest id that is written; 0 in an empty journal. */
  newestEntryId: (accountId: string) => Promise<number>
  /** Oldest first, those with higher ids; at most `limit`. */
  listAfter: (question: { accountId: string; after: number; limit: number }) => Promise<readonly FeedEntry[]>
  /** Hears of entries once they are written, in order. */
  onWritten: (listener: (accountId: string, entries: readonly FeedEntry[]) => void) => Disposable
}

export interface FeedOptions {
  accountId: string
  out: Writable
  /** The last id that the reader has; without one the feed begins with what comes. */
  after: number | undefined
  /** Where others write to the journal too, who are not heard: it is looked at so often. */
  lookEveryMs?: number | undefined
}

const entriesAtOnce = 500
/** A reader that leaves so much unread is behind: it goes on from the journal once it has read. */
const maxUnreadBytes = 1024 * 1024

/** Encoded once for all who read it. */
const encoded = new WeakMap<readonly FeedEntry[], string>()

function encode(entries: readonly FeedEntry[]): string {
  const known = encoded.get(entries)
  if (known !== undefined) return known
  const text = `id: ${entries.at(-1)?.entryId ?? 0}\nevent: entries\ndata: ${JSON.stringify(entries)}\n\n`
  encoded.set(entries, text)
  return text
}

/** Writes until it is disposed of. One a reader. */
export class Feed implements Disposable {
  readonly #source: FeedSource
  readonly #accountId: string
  readonly #out: Writable
  readonly #listening: Disposable
  readonly #looking: NodeJS.Timeout | undefined
  /** The last id that was sent. */
  #sent: number
  #isCatchingUp = false
  #isEnded = false

  private constructor(
    source: FeedSource,
    { accountId, out, after, lookEveryMs }: FeedOptions & { after: number },
  ) {
    this.#source = source
    this.#accountId = accountId
    this.#out = out
    this.#sent = after
    this.#listening = source.onWritten((owner, entries) => {
      if (owner === accountId) this.#hear(entries)
    })
    if (lookEveryMs !== undefined) this.#looking = setInterval(() => this.#look(), lookEveryMs).unref()
    out.on('drain', () => this.#look())
  }

  static async open(source: FeedSource, options: FeedOptions): Promise<Feed> {
    const after = options.after ?? (await source.newestEntryId(options.accountId))
    const feed = new Feed(source, { ...options, after })
    await feed.#catchUp()
    return feed
  }

  [Symbol.dispose](): void {
    this.#isEnded = true
    clearInterval(this.#looking)
    this.#listening[Symbol.dispose]()
  }

  #hear(entries: readonly FeedEntry[]): void {
    const isNext = entries[0]?.entryId === this.#sent + 1
    if (isNext && !this.#isCatchingUp && this.#hasRoom()) this.#send(entries)
    else this.#look()
  }

  /** What could not be read is there the next time. */
  #look(): void {
    this.#catchUp().catch(() => {})
  }

  /** One after the other; whoever is asked meanwhile is served by the one that runs. */
  async #catchUp(): Promise<void> {
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    try {
      while (!this.#isEnded && this.#hasRoom()) {
        const question = { accountId: this.#accountId, after: this.#sent, limit: entriesAtOnce }
        const entries = await this.#source.listAfter(question)
        if (entries.length === 0 || this.#isEnded) return
        this.#send(entries)
        await turnOfOthers()
      }
    } finally {
      this.#isCatchingUp = false
    }
  }

  #send(entries: readonly FeedEntry[]): void {
    this.#sent = entries.at(-1)?.entryId ?? this.#sent
    this.#out.write(encode(entries))
  }

  #hasRoom = (): boolean => this.#out.writableLength < maxUnreadBytes
}
