/**
 * Messages of an http action that wait a moment for others, to go in one request: a JSON array of them.
 * Source: AWS IoT Developer Guide, "Batching HTTP action messages".
 */
import type { BatchConfig } from '@aws-sdk/client-iot'

/** Sends a whole batch. */
type SendBatch = (body: Uint8Array) => Promise<void>

interface OpenBatch {
  items: Uint8Array[]
  /** Of the array so far. */
  bytes: number
  /** The last message's: its headers are the batch's. */
  send: SendBatch
  sent: PromiseWithResolvers<void>
  stopTimer: () => void
}

/** Calls back after so many milliseconds, unless it is stopped. */
export type StartTimer = (callback: () => void, ms: number) => () => void

const startTimer: StartTimer = (callback, ms) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

const comma = Buffer.from(',')
const brackets = 2

export class HttpBatches {
  readonly #limits: { [Name in keyof BatchConfig]-?: NonNullable<BatchConfig[Name]> }
  readonly #startTimer: StartTimer
  readonly #open = new Map<string, OpenBatch>()

  constructor(config: BatchConfig = {}, timer = startTimer) {
    const { maxBatchOpenMs = 20, maxBatchSize = 10, maxBatchSizeBytes = 5120 } = config
    const { batchAcrossTopics = false } = config
    this.#limits = { maxBatchOpenMs, maxBatchSize, maxBatchSizeBytes, batchAcrossTopics }
    this.#startTimer = timer
  }

  /**
   * Resolves once the batch that `item` went with was sent; rejects as `send` of its last message did. `item` is JSON.
   * assumed: one that is by itself larger than a batch may be goes alone
   */
  join({ topic, url }: { topic: string; url: string }, item: Uint8Array, send: SendBatch): Promise<void> {
    const key = JSON.stringify(this.#limits.batchAcrossTopics ? [url] : [url, topic])
    const { maxBatchSize, maxBatchSizeBytes } = this.#limits
    const known = this.#open.get(key)
    if (known && known.bytes + comma.length + item.length > maxBatchSizeBytes) this.#close(key, known)
    const batch = this.#open.get(key) ?? this.#begin(key, send)
    batch.bytes += item.length + (batch.items.length > 0 ? comma.length : 0)
    batch.items.push(item)
    batch.send = send
    if (batch.items.length >= maxBatchSize || batch.bytes >= maxBatchSizeBytes) this.#close(key, batch)
    return batch.sent.promise
  }

  #begin(key: string, send: SendBatch): OpenBatch {
    const batch: OpenBatch = {
      items: [],
      bytes: brackets,
      send,
      sent: Promise.withResolvers(),
      stopTimer: this.#startTimer(() => this.#close(key, batch), this.#limits.maxBatchOpenMs),
    }
    this.#open.set(key, batch)
    return batch
  }

  #close(key: string, { items, send, sent, stopTimer }: OpenBatch): void {
    stopTimer()
    this.#open.delete(key)
    const parts = items.flatMap((item, place) => (place === 0 ? [item] : [comma, item]))
    send(Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')])).then(sent.resolve, sent.reject)
  }
}
