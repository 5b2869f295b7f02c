/**
 * When the write-ahead log goes into the database file, and begins anew. A thread does it: nearly all of the copying
 * while others write, the rest between two batches, so that it ever comes to an end.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Pages of 4 KiB that the log gathers before: 16 MiB. */
const checkpointPages = 4096

type Task = 'copy' | 'begin-anew' | 'close'

/** Who copies what is written to the log, frame after frame. None of both rejects. */
export interface LogCopier {
  /** Nobody writes, and the log is about to begin anew: what was written until now must have been read when this resolves. */
  beforeNewLog: () => Promise<void>
  /** It began anew, or could not; it is written to again. */
  afterNewLog: () => void
}

export interface CheckpointOptions {
  /** Of the database. */
  file: string
  /** Pages that the log has now. */
  pagesInLog: () => number
  /** Told when a checkpoint failed; the next one is tried later. */
  onFailure: (error: unknown) => void
  everyPages?: number
  logCopier?: LogCopier | undefined
}

export class Checkpoints implements AsyncDisposable {
  readonly #options: CheckpointOptions & { everyPages: number }
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
    const { logCopier } = this.#options
    await logCopier?.beforeNewLog()
    await this.#run('begin-anew')
    logCopier?.afterNewLog()
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
    const { file, logCopier } = this.#options
    const worker = new Worker(new URL('./checkpoint-worker.mjs', import.meta.url), {
      workerData: { file, isLogCopied: logCopier !== undefined },
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
