/**
 * When the write-ahead log goes into the database file, and begins anew. A thread does it: nearly all of the copying
 * while others write, the rest between two batches, so that it ever comes to an end.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Pages of 4 KiB that the log gathers before: 16 MiB. */
const checkpointPages = 4096

type Task = 'copy' | 'begin-anew' | 'close'

export interface CheckpointOptions {
  /** Of the database. */
  file: string
  /** Pages that the log has now. */
  pagesInLog: () => number
  /** Told when a checkpoint failed; the next one is tried later. */
  onFailure: (error: unknown) => void
  everyPages?: number
}

export class Checkpoints implements AsyncDisposable {
  readonly #options: Required<CheckpointOptions>
  #worker: Worker | undefined
  #copying: Promise<void> | undefined
  #isCopied = false
  #nextAtPages: number

  constructor(options: CheckpointOptions) {
    this.#options = { everyPages: checkpointPages, ...options }
    this.#nextAtPages = this.#options.everyPages
  }

  /** To be called after each commit; begins to copy once there is enough. */
  notice(): void {
    if (this.#copying || this.#isCopied || this.#options.pagesInLog() < this.#nextAtPages) return
    this.#copying = this.#run('copy').then(() => {
      this.#copying = undefined
      this.#isCopied = true
    })
  }

  /** Whether only the rest is to be copied, which wants that nobody writes. */
  get isRestDue(): boolean {
    return this.#isCopied
  }

  /** Never rejects. */
  async copyRest(): Promise<void> {
    await this.#run('begin-anew')
    this.#isCopied = false
    this.#nextAtPages = this.#options.everyPages
    // a reader elsewhere, as a backup, may have kept it from beginning anew
    const pages = this.#options.pagesInLog()
    if (pages >= this.#nextAtPages) this.#nextAtPages += pages
  }

  async #run(task: Task): Promise<void> {
    try {
      const worker = (this.#worker ??= this.#start())
      worker.postMessage(task)
      await once(worker, 'message') // rejects on `error`
    } catch (error) {
      this.#worker = undefined
      this.#options.onFailure(error)
    }
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.mjs', import.meta.url), {
      workerData: this.#options.file,
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
    })
    worker.unref()
    return worker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#copying
    const worker = this.#worker
    this.#worker = undefined
    if (!worker) return
    const exited = once(worker, 'exit')
    worker.ref()
    worker.postMessage('close' satisfies Task)
    await exited
  }
}
