/**
 * Transactions that are asked for at the same time share one commit, and so one fsync. Each runs alone, inside
 * a savepoint; what fails is undone by itself; nobody hears of the outcome before the commit is on disk. The disk is
 * waited for apart from the event loop, and the next batch runs meanwhile; it is committed only afterwards. A batch is done in
 * pieces, so that those who wait for nothing of it wait for none of it as a whole.
 */

import { setTimeout } from 'node:timers/promises'
import type { MaybePromise } from '../lib/maybe-promise.ts'
import { longTurnMs, turnOfOthers } from '../lib/turn-of-others.ts'
import { takeApart, type Apart } from './apart.ts'
import { Outcomes } from './outcomes.ts'

/** The statements a batch is made of, on the one writing connection. With SQLite each is done when it returns. */
export interface BatchStatements {
  begin: () => MaybePromise<void>
  savepoint: () => MaybePromise<void>
  release: () => MaybePromise<void>
  undo: () => MaybePromise<void>
  commit: () => MaybePromise<void>
  rollback: () => MaybePromise<void>
}

/** How what has been committed reaches the disk. */
export interface Durability {
  /** Just before a commit: from here on readers see what is durable, and nothing that is only committed. */
  pinReaders: () => void
  /** What was committed last is durable, or was undone: readers may see everything that is committed. */
  releaseReaders: () => void
  /** Whether there is something committed since the last call of `sync`. */
  isSyncNeeded: () => boolean
  /** Resolves when all that was committed before the call survives a power cut. Never throws at once. */
  sync: () => Promise<void>
  /** Whether work on the files stands in, for which nothing else may be under way. */
  isUpkeepDue: () => boolean
  /** Never rejects. */
  upkeep: () => Promise<void>
}

/** Told of each batch that was committed: from its beginning until it was durable. */
export type OnDurable = (seconds: number) => void

/** Writes of its own that go with whatever is committed anyway, so that they cost no commit. */
export interface Companion {
  /** Asked where a transaction is asked for; what it returns is called inside the transaction, once its work has succeeded. */
  noteFor: () => (() => void) | undefined
  /** Just before the commit of a batch, in its transaction; a failure of it is one of the batch. Undefined: nothing to write. */
  complete: () => Promise<void> | undefined
  /** The batch that was completed last is durable, or may be lost; before those who wait for it are told. */
  settle: (isDurable: boolean) => void
  /** The batch whose jobs ran last was undone, with what `complete` wrote if it was called for it. */
  abandon: (isCompleted: boolean) => void
}

interface Job extends Apart {
  /** Resolves with what is to be called once its work stands. */
  run: (isAmongOthers: boolean) => Promise<() => void>
  settle: () => void
  fail: (cause: unknown) => void
}

const maxJobsInACommit = 256

/** After a commit that several shared, the next one waits for company, longer the more of them there were. */
const gatherMsAJob = 2
const maxGatherMs = 20

export class GroupCommit {
  readonly #statements: BatchStatements
  readonly #durability: Durability
  readonly #onDurable: OnDurable
  readonly #waiting: Job[] = []
  readonly #outcomes = new Outcomes()
  #draining: Promise<void> | undefined
  #syncing: Promise<void> | undefined
  #syncFailure: Error | undefined
  #companion: Companion | undefined
  #isClosed = false

  constructor(statements: BatchStatements, durability: Durability, onDurable: OnDurable = () => {}) {
    this.#statements = statements
    this.#durability = durability
    this.#onDurable = onDurable
  }

  /** From now on `companion` writes along. */
  accompany(companion: Companion): void {
    this.#companion = companion
  }

  /**
   * Runs `work` and resolves with its value once it is durable; rejects with what it threw, its changes undone.
   * `work` may await nothing but its own queries: every writer stands behind it. With `apart` it may be one of several that
   * run side by side, if they share none of these names; should one of them fail, all are undone and run again alone.
   * `noteFor` is asked inside the transaction with its value; what it returns is called once the work stands.
   */
  transact<T>(
    work: (isAmongOthers: boolean) => Promise<T>,
    apart?: readonly string[],
    noteFor?: (value: T) => () => void,
  ): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('the database is not open any more'))
    const note = this.#companion?.noteFor()
    return new Promise<T>((resolve, reject) => {
      let outcome: () => void = () => reject(new Error('the transaction did not run'))
      const run = async (isAmongOthers: boolean) => {
        const value = await work(isAmongOthers)
        const noteValue = noteFor?.(value)
        return () => {
          note?.()
          noteValue?.()
          outcome = () => resolve(value)
        }
      }
      this.#waiting.push({
        run,
        apart,
        settle: () => outcome(),
        fail: (cause) => (outcome = () => reject(cause as Error)),
      })
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    for (;;) {
      const working = this.#draining ?? this.#syncing ?? this.#outcomes.telling
      if (!working) return
      await working
    }
  }

  /** Resolves when what was asked for is done; nothing more is from then on. */
  async close(): Promise<void> {
    await this.idle()
    this.#isClosed = true
  }

  async #drain(): Promise<void> {
    await turnOfOthers() // lets requests of the same turn join the batch
    do {
      if (this.#durability.isUpkeepDue()) {
        await this.#syncing
        await this.#durability.upkeep()
      }
      const jobs = await this.#commitBatch()
      // under load, commits are what writing costs; a lone caller waits for nobody
      if (jobs > 1) await setTimeout(Math.min(jobs * gatherMsAJob, maxGatherMs))
    } while (this.#waiting.length > 0)
    this.#draining = undefined
  }

  /** Resolves with the number of its jobs, when they are committed. They are told when that is durable. */
  async #commitBatch(): Promise<number> {
    const done: Job[] = []
    const begunAt = performance.now()
    let isCompleted = false
    try {
      this.#checkDisk()
      const begun = this.#statements.begin()
      if (begun) await begun
      await this.#runWaiting(done)
      if (this.#syncing) {
        await this.#syncing // a later commit would show readers the earlier one and be shown by it
        this.#checkDisk()
      }
      await turnOfOthers() // to commit takes about as long as the work of one
      await this.#runWaiting(done)
      isCompleted = true
      const completing = this.#companion?.complete()
      if (completing) await completing
      this.#durability.pinReaders()
      const committed = this.#statements.commit()
      if (committed) await committed
    } catch (cause) {
      await this.#undo()
      this.#companion?.abandon(isCompleted)
      this.#fail(done, cause)
      return done.length
    }
    this.#settleOnceDurable(done, begunAt)
    return done.length
  }

  async #runWaiting(done: Job[]): Promise<void> {
    let begunAt = performance.now()
    while (done.length < maxJobsInACommit) {
      if (performance.now() - begunAt > longTurnMs) {
        await turnOfOthers()
        begunAt = performance.now()
      }
      const jobs = takeApart(this.#waiting, maxJobsInACommit - done.length)
      const [first] = jobs
      if (!first) return
      done.push(...jobs)
      if (jobs.length === 1) await this.#runJob(first)
      else await this.#runSideBySide(jobs)
    }
  }

  async #runSideBySide(jobs: readonly Job[]): Promise<void> {
    await this.#statements.savepoint()
    const outcomes = await Promise.allSettled(jobs.map((job) => job.run(true)))
    const stands = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
    const isWhole = stands.length === jobs.length
    if (isWhole) for (const stand of stands) stand()
    else await this.#statements.undo()
    await this.#statements.release()
    if (!isWhole) for (const job of jobs) await this.#runJob(job)
  }

  async #runJob(job: Job): Promise<void> {
    const begun = this.#statements.savepoint()
    if (begun) await begun
    try {
      const stand = await job.run(false)
      stand()
    } catch (cause) {
      job.fail(cause)
      const undone = this.#statements.undo()
      if (undone) await undone
    }
    const released = this.#statements.release()
    if (released) await released
  }

  async #undo(): Promise<void> {
    try {
      await this.#statements.rollback()
    } catch {
      // there is no open transaction when `begin` or a broken disk was the cause; the jobs carry it
    }
    if (this.#syncFailure === undefined) this.#durability.releaseReaders()
  }

  #fail(done: readonly Job[], cause: unknown): void {
    const failed = done.length === 0 ? this.#waiting.splice(0) : done
    for (const job of failed) job.fail(cause)
    this.#outcomes.tell(failed)
  }

  /** A batch that changed nothing needs no disk: what it saw is durable, as it was committed last. */
  #settleOnceDurable(done: readonly Job[], begunAt: number): void {
    const settle = (isDurable: boolean) => {
      this.#syncing = undefined
      this.#companion?.settle(isDurable)
      this.#outcomes.tell(done)
    }
    const release = () => {
      this.#durability.releaseReaders()
      settle(true)
      this.#onDurable((performance.now() - begunAt) / 1000)
    }
    if (!this.#durability.isSyncNeeded()) return release()
    this.#syncing = this.#durability.sync().then(release, (cause: unknown) => {
      // What is on the disk now is not known, nor can it be asked a second time. Readers keep to what is known.
      this.#syncFailure = new Error('the disk failed to keep what was written: start the server anew', {
        cause,
      })
      for (const job of done) job.fail(this.#syncFailure)
      settle(false)
    })
  }

  #checkDisk(): void {
    if (this.#syncFailure) throw this.#syncFailure
  }
}
