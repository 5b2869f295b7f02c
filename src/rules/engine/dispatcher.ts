/**
 * Work that waits for the rules engine. Whoever publishes only puts it here; it runs in pieces of a millisecond,
 * one message a rule in rotation, so neither a busy rule nor a slow action holds up the others, nor they who say or ask something.
 */
import { inPieces } from '../../lib/turn-of-others.ts'
import type { ActiveRule } from './active-rule.ts'
import type { Arrival } from './arrival.ts'

export interface Work {
  rule: ActiveRule
  arrival: Arrival
}

export interface DispatcherOptions {
  /** Never rejects. */
  run: (work: Work) => Promise<void>
  /** The first message of a rule that found no room, and how many there were once it has room again. */
  onOverflow: (work: Work, dropped: number) => void
  limits?: Partial<typeof defaultLimits>
}

const defaultLimits = {
  /** Messages that wait, of an account and of one of its rules. */
  waitingAnAccount: 20_000,
  waitingARule: 5000,
  waitingBytesAnAccount: 64 * 1024 * 1024,
  /** Messages of one rule whose actions are under way. */
  runningARule: 1000,
}

const maxDrainMs = 5000

/** The messages of one rule, first come first served. */
interface Lane {
  waiting: Work[]
  running: number
  dropped: number
}

export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions
  readonly #limits: typeof defaultLimits
  readonly #lanes = new Map<string, Lane>()
  readonly #accounts = new Map<string, { waiting: number; bytes: number }>()
  /** Lanes that have work and may run more. */
  #ready = new Set<Lane>()
  #isScheduled = false
  #isStopped = false
  #onIdle: (() => void)[] = []
  /** Messages that found no room since the start. */
  dropped = 0

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
  }

  /** Messages that wait for their rules. */
  get waiting(): number {
    return this.#accounts.values().reduce((sum, { waiting }) => sum + waiting, 0)
  }

  /** Returns at once. `isPrecious`: takes it even without room, as nobody would send it again in time. */
  offer(work: Work, { isPrecious = false } = {}): void {
    const { accountId } = work.rule.identity
    const lane = this.#laneOf(work.rule)
    const account = this.#accountOf(accountId)
    const { waitingAnAccount, waitingARule, waitingBytesAnAccount } = this.#limits
    const isFull =
      lane.waiting.length >= waitingARule ||
      account.waiting >= waitingAnAccount ||
      account.bytes >= waitingBytesAnAccount
    if (this.#isStopped || (isFull && !isPrecious)) return this.#drop(lane, work)
    lane.waiting.push(work)
    account.waiting += 1
    account.bytes += work.arrival.message.payload.byteLength
    if (lane.running < this.#limits.runningARule) this.#ready.add(lane)
    this.#schedule()
  }

  /** Resolves once nothing waits and nothing runs. */
  async idle(): Promise<void> {
    if (this.#isIdle()) return
    await new Promise<void>((resolve) => void this.#onIdle.push(resolve))
  }

  /** Takes no more, and finishes what it has, within a bounded time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => void (timer = setTimeout(resolve, maxDrainMs)))
    await Promise.race([this.idle(), timeout])
    clearTimeout(timer)
    this.#ready.clear()
    this.#lanes.clear()
  }

  #drop(lane: Lane, work: Work): void {
    this.dropped += 1
    lane.dropped += 1
    if (lane.dropped === 1) this.#options.onOverflow(work, 1)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => void this.#startAll()) // behind what comes in this turn
  }

  async #startAll(): Promise<void> {
    const pause = inPieces()
    for (const lane of this.#ready) {
      this.#ready.delete(lane)
      this.#start(lane)
      const paused = pause()
      if (paused) await paused
    }
    this.#isScheduled = false
  }

  /** Runs one message of the lane and puts the lane at the end of the line, if it may go on. */
  #start(lane: Lane): void {
    const work = lane.waiting.shift()
    if (!work) return
    const account = this.#accountOf(work.rule.identity.accountId)
    account.waiting -= 1
    account.bytes -= work.arrival.message.payload.byteLength
    lane.running += 1
    if (lane.waiting.length > 0 && lane.running < this.#limits.runningARule) this.#ready.add(lane)
    void this.#options.run(work).finally(() => this.#finish(lane, work))
  }

  #finish(lane: Lane, work: Work): void {
    lane.running -= 1
    if (lane.waiting.length > 0) {
      this.#ready.add(lane)
      this.#schedule()
      return
    }
    if (lane.dropped > 1) this.#options.onOverflow(work, lane.dropped)
    lane.dropped = 0
    if (lane.running === 0) this.#lanes.delete(laneName(work.rule))
    if (!this.#isIdle()) return
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  #isIdle(): boolean {
    return this.#lanes.values().every(({ waiting, running }) => waiting.length === 0 && running === 0)
  }

  #laneOf(rule: ActiveRule): Lane {
    const name = laneName(rule)
    let lane = this.#lanes.get(name)
    if (!lane) this.#lanes.set(name, (lane = { waiting: [], running: 0, dropped: 0 }))
    return lane
  }

  #accountOf(accountId: string): { waiting: number; bytes: number } {
    let account = this.#accounts.get(accountId)
    if (!account) this.#accounts.set(accountId, (account = { waiting: 0, bytes: 0 }))
    return account
  }
}

const laneName = ({ identity }: ActiveRule) => `${identity.accountId}/${identity.ruleName}`
