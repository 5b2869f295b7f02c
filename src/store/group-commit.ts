/**
 * Transactions that are asked for at the same time share one commit, and so one fsync. Each runs alone, inside
 * a savepoint; what fails is undone by itself; nobody hears of the outcome before the commit is on disk.
 */

import { setImmediate, setTimeout } from 'node:timers/promises'

/** The statements a batch is made of; synchronous, on the one writing connection. */
export interface BatchStatements {
  begin: () => void
  savepoint: () => void
  release: () => void
  undo: () => void
  commit: () => void
  rollback: () => void
}

interface Job {
  run: () => Promise<unknown>
  settle: () => void
  fail: (cause: unknown) => void
}

const maxJobsInACommit = 256

/** After a commit that several shared, the next one waits for company, longer the more of them there were. */
const gatherMsAJob = 2
const maxGatherMs = 20

export class GroupCommit {
  readonly #statements: BatchStatements
  readonly #waiting: Job[] = []
  #draining: Promise<void> | undefined

  constructor(statements: BatchStatements) {
    this.#statements = statements
  }

  /**
   * Runs `work` and resolves with its value once it is durable; rejects with what it threw, its changes undone.
   * `work` may await nothing but its own queries: every writer stands behind it.
   */
  transact<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let outcome: () => void = () => reject(new Error('the transaction did not run'))
      const run = async () => {
        const value = await work()
        outcome = () => resolve(value)
      }
      this.#waiting.push({
        run,
        settle: () => outcome(),
        fail: (cause) => (outcome = () => reject(cause as Error)),
      })
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nothing is waiting any more. */
  async idle(): Promise<void> {
    while (this.#draining) await this.#draining
  }

  async #drain(): Promise<void> {
    await setImmediate() // lets requests of the same turn join the batch
    do {
      const jobs = await this.#commitBatch()
      // under load, commits are what writing costs; a lone caller waits for nobody
      if (jobs > 1) await setTimeout(Math.min(jobs * gatherMsAJob, maxGatherMs))
    } while (this.#waiting.length > 0)
    this.#draining = undefined
  }

  /** Resolves with the number of its jobs. */
  async #commitBatch(): Promise<number> {
    const done: Job[] = []
    const { begin, commit, rollback } = this.#statements
    try {
      begin()
      for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
        done.push(job)
        await this.#runJob(job)
        if (done.length === maxJobsInACommit) break
      }
      commit()
    } catch (cause) {
      for (const job of done) job.fail(cause)
      try {
        rollback()
      } catch {
        // there is no open transaction when `begin` or a broken disk was the cause; the jobs carry it
      }
      if (done.length === 0) for (const job of this.#waiting.splice(0)) reject(job, cause)
    }
    for (const job of done) job.settle()
    return done.length
  }

  async #runJob(job: Job): Promise<void> {
    this.#statements.savepoint()
    try {
      await job.run()
    } catch (cause) {
      this.#statements.undo()
      job.fail(cause)
    }
    this.#statements.release()
  }
}

function reject(job: Job, cause: unknown): void {
  job.fail(cause)
  job.settle()
}
