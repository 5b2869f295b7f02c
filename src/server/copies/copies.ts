/** The copies of a running server: the thread that makes them, begun again when it failed. */
import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Log } from '../../lib/log.ts'
import { withinTime } from '../../lib/within-time.ts'
import { readVersion } from '../../lib/version.ts'
import type { LogCopier } from '../../store/index.ts'
import type { OtherOwner } from './owner/claim.ts'
import { usualTiming, type OwnershipTiming } from './owner/ownership.ts'
import { nameOfPlace } from './place.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'

export interface CopiesOptions extends Pick<ThreadData, 'dataDir' | 'place' | 'keepMs'> {
  log: Pick<Log, 'error' | 'warn' | 'info'>
  /** For tests. */
  timing?: OwnershipTiming
}

export interface CopiesStats {
  /** Epoch milliseconds: what had been committed by then can be restored. Undefined until anything can. */
  currentAt: number | undefined
  /** Since the start. */
  failures: number
  /** Who writes there instead of this server; undefined while nobody does. */
  other: OtherOwner | undefined
}

/** A place for copies that hangs for longer holds up commits no more, and gets another generation later. */
const maxRestMs = 5000
const maxCloseMs = 10_000
const firstRetryMs = 1000
const maxRetryMs = 300_000

/** Under vitest and in a checkout the thread is TypeScript, in the package JavaScript. */
const thread = new URL(`./thread${extname(import.meta.url)}`, import.meta.url)

export class Copies implements LogCopier, AsyncDisposable {
  readonly #options: CopiesOptions
  #worker: Worker | undefined
  #timer: NodeJS.Timeout | undefined
  #retryMs = firstRetryMs
  #isClosed = false
  #isUnconditionalNoted = false
  #stats: CopiesStats = { currentAt: undefined, failures: 0, other: undefined }

  constructor(options: CopiesOptions) {
    this.#options = options
  }

  /** Once the keys are made that belong to the database. */
  start(): void {
    const { dataDir, place, keepMs, timing = usualTiming } = this.#options
    const workerData: ThreadData = { dataDir, place, keepMs, timing, version: readVersion() }
    const worker = new Worker(thread, { workerData, resourceLimits: { maxOldGenerationSizeMb: 128 } })
    worker.unref()
    worker.on('message', (message: FromThread) => this.#hear(worker, message))
    worker.on('error', (error) => this.#fail(worker, error))
    this.#worker = worker
  }

  stats(): CopiesStats {
    return { ...this.#stats }
  }

  async beforeNewLog(): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const taken = restTaken(worker)
    this.#post('take-rest')
    if (await withinTime(taken, maxRestMs)) return
    this.#fail(worker, new Error(`the place for copies did not answer within ${maxRestMs / 1000} s`))
  }

  afterNewLog(): void {
    this.#post('log-began-anew')
  }

  #post(message: ToThread): void {
    this.#worker?.postMessage(message)
  }

  #hear(worker: Worker, message: FromThread): void {
    if (this.#worker !== worker) return
    if (message.kind === 'current') {
      this.#stats.currentAt = message.at
      this.#retryMs = firstRetryMs
    } else if (message.kind === 'waiting') this.#noteOther(message.other)
    else if (message.kind === 'taken') this.#noteTaken(message.before)
    else if (message.kind === 'lost') this.#startAnew(worker)
    else if (message.kind === 'unconditional') this.#noteUnconditional()
  }

  /** Once for each: it is told of again and again, also as it starts again. */
  #noteOther(other: OtherOwner): void {
    const known = this.#stats.other
    this.#stats.other = other
    if (known?.owner === other.owner) return
    this.#options.log.warn(
      { ...other, place: this.#place },
      'another server writes its copies there: nothing is copied until it has ended, or its claim is removed',
    )
  }

  #noteTaken(before: OtherOwner | undefined): void {
    const from = before ?? this.#stats.other
    this.#stats.other = undefined
    if (from) this.#options.log.info({ ...from, place: this.#place }, 'the copies of another server end here')
  }

  #noteUnconditional(): void {
    if (this.#isUnconditionalNoted) return
    this.#isUnconditionalNoted = true
    this.#options.log.warn(
      { place: this.#place },
      'the service does not know conditional writes: two servers that begin at the same time may both copy for some seconds',
    )
  }

  /** The next thread waits until the place is free. */
  #startAnew(worker: Worker): void {
    this.#worker = undefined
    const start = () => {
      if (!this.#isClosed) this.start()
    }
    worker.terminate().then(start, start)
  }

  /** For messages. */
  get #place(): string {
    return nameOfPlace(this.#options.place)
  }

  /** Another generation begins after a while. */
  #fail(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    void worker.terminate()
    this.#stats.failures += 1
    this.#options.log.error({ error, place: this.#place }, 'the database could not be copied on')
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.start(), this.#retryMs).unref()
    this.#retryMs = Math.min(2 * this.#retryMs, maxRetryMs)
  }

  /** Nobody writes any more; what was committed until now is copied. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const worker = this.#worker
    if (!worker) return
    const exited = once(worker, 'exit').catch(() => true) // that it failed is logged
    worker.ref()
    this.#post('close')
    if (!(await withinTime(exited, maxCloseMs))) await worker.terminate()
  }
}

/** Resolves with true; false when it ended without. */
function restTaken(worker: Worker): Promise<boolean> {
  return new Promise((resolve) => {
    const hear = ({ kind }: FromThread) => kind === 'rest-taken' && end(true)
    const leave = () => end(false)
    const end = (isTaken: boolean) => {
      worker.off('message', hear)
      worker.off('exit', leave)
      resolve(isTaken)
    }
    worker.on('message', hear)
    worker.on('exit', leave)
  })
}
