/**
 * Works off asynchronous invocations: an event is kept until its function succeeded or all attempts failed, also over
 * restarts. Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation".
 */
import { AwsError } from '../../api/aws/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Db, Store } from '../../store/index.ts'
import { findEventConfig } from '../registry/event-config-store.ts'
import { latest } from '../registry/function-version.ts'
import {
  deleteEvent,
  insertEvent,
  listDueEvents,
  nextDueTime,
  postponeEvent,
  type StoredEvent,
} from './event-store.ts'
import type { InvocationResult, Invoker } from './invoker.ts'

export interface EventQueueDeps {
  store: Store
  invoke: Invoker
  /** Told of every attempt that failed. */
  onFailure: (failure: FailedAttempt) => void
  /** How long after the first failure the second attempt follows, then the third; milliseconds. */
  retryDelaysMs: readonly number[]
  now: () => Date
  log: Log
  /** Of the node whose events are worked off; empty where one server has the database. */
  nodeName: string
}

export interface FailedAttempt {
  event: StoredEvent
  /** Set when the event is given up. */
  condition?: 'RetriesExhausted' | 'EventAgeExceeded'
  /** What the function answered; absent when it could not be run. */
  result?: InvocationResult
  /** Why it could not be run. */
  refusal?: AwsError
}

const maxRunning = 12
/** One function must not keep all others waiting. */
const maxRunningOfFunction = 4
const defaultRetries = 2
const defaultAgeSeconds = 6 * 3600
/** How long an event waits that there was no room for. */
const throttledMs = 1000
const longestTimerMs = 3600_000
const afterErrorMs = 1000

export class EventQueue implements AsyncDisposable {
  readonly #deps: EventQueueDeps
  readonly #running = new Map<string, { functionName: string; done: Promise<void> }>()
  #timer: NodeJS.Timeout | undefined
  #pumping: Promise<void> | undefined
  #isWanted = false
  #isClosed = false

  constructor(deps: EventQueueDeps) {
    this.#deps = deps
  }

  /** Resolves when the event is durable: it will not be lost. */
  async add(event: StoredEvent): Promise<void> {
    await this.#commit(event, (db) => insertEvent(db, event, this.#deps.nodeName))
    this.pump()
  }

  /** Starts what is due. */
  pump(): void {
    this.#isWanted = true
    this.#pumping ??= this.#pumpWhileWanted()
  }

  /** Starts nothing more. What is being worked off and does not succeed is taken up again after the next start. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#pumping
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  async #pumpWhileWanted(): Promise<void> {
    try {
      while (this.#isWanted && !this.#isClosed) {
        this.#isWanted = false
        await this.#startDue()
      }
    } catch (error) {
      this.#deps.log.error({ err: error }, 'waiting events of functions could not be read')
      this.#pumpIn(afterErrorMs)
    } finally {
      this.#pumping = undefined
    }
  }

  async #startDue(): Promise<void> {
    const free = maxRunning - this.#running.size
    if (free <= 0) return // the end of one of them pumps again
    const { store, nodeName } = this.#deps
    const now = this.#deps.now() // one moment for both questions: between two an event would go unseen
    const events = await listDueEvents(store.read, {
      nodeName,
      now,
      limit: maxRunning + this.#running.size,
      exceptFunctions: this.#busyFunctions(),
    })
    const waiting = events.filter(({ eventId }) => !this.#running.has(eventId))
    for (const event of waiting.slice(0, free)) this.#start(event)
    // A function that has enough to do by now may have hidden others.
    if (waiting.some(({ eventId }) => !this.#running.has(eventId))) this.#isWanted = true
    const next = await nextDueTime(store.read, { nodeName, now })
    if (next) this.#pumpIn(next.getTime() - now.getTime())
  }

  #busyFunctions(): string[] {
    const counts = new Map<string, number>()
    for (const { functionName } of this.#running.values())
      counts.set(functionName, (counts.get(functionName) ?? 0) + 1)
    return [...counts].filter(([, count]) => count >= maxRunningOfFunction).map(([name]) => name)
  }

  #start(event: StoredEvent): void {
    const { functionName, eventId } = event
    if (this.#busyFunctions().includes(functionName)) return // when one of its events ends
    const done = this.#workOff(event)
      .catch((error: unknown) => {
        this.#deps.log.error({ err: error, functionName, eventId }, 'an event of a function was not settled')
      })
      .finally(() => {
        this.#running.delete(eventId)
        if (!this.#isClosed) this.pump()
      })
    this.#running.set(eventId, { functionName, done })
  }

  #pumpIn(delayMs: number): void {
    clearTimeout(this.#timer)
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.pump(), Math.min(Math.max(delayMs, 0), longestTimerMs)).unref()
  }

  async #workOff(event: StoredEvent): Promise<void> {
    const { accountId, functionName, qualifier, eventId, source } = event
    try {
      if (await this.#isTooOld(event, this.#deps.now()))
        return await this.#giveUp(event, 'EventAgeExceeded', {})
      const { clientContext, service } = source
      const result = await this.#deps.invoke({
        accountId,
        functionName,
        requestId: eventId,
        payload: Buffer.from(event.payload),
        isForRule: service === 'iot.amazonaws.com',
        ...(qualifier !== undefined && { qualifier }),
        ...(clientContext !== undefined && { clientContext }),
      })
      if (!result.functionError) return await this.#commit(event, (db) => deleteEvent(db, event))
      if (!this.#isClosed) await this.#takeFailure(event, { result })
    } catch (error) {
      if (this.#isClosed) return // not the function's failure
      if (!(error instanceof AwsError))
        this.#deps.log.error({ err: error, functionName }, 'a function was not run')
      const refusal =
        error instanceof AwsError ? error : new AwsError('ServiceException', 'An error occurred')
      await this.#takeFailure(event, { refusal })
    }
  }

  async #takeFailure(event: StoredEvent, cause: Pick<FailedAttempt, 'result' | 'refusal'>): Promise<void> {
    const { store, now, retryDelaysMs, onFailure } = this.#deps
    const isThrottled = cause.refusal?.code === 'TooManyRequestsException'
    const isGone = cause.refusal?.code === 'ResourceNotFoundException'
    const attempts = isThrottled ? event.attempts : event.attempts + 1
    const config = await findEventConfig(store.read, event, event.qualifier ?? latest)
    const maxRetries = config?.maxRetries ?? defaultRetries
    const delay = isThrottled ? throttledMs : (retryDelaysMs[attempts - 1] ?? retryDelaysMs.at(-1) ?? 0)
    const tried = { ...event, attempts, dueAt: new Date(now().getTime() + delay) }
    if (isGone || (!isThrottled && attempts > maxRetries))
      return await this.#giveUp(tried, 'RetriesExhausted', cause)
    if (await this.#isTooOld(event, tried.dueAt)) return await this.#giveUp(tried, 'EventAgeExceeded', cause)
    await this.#commit(event, (db) => postponeEvent(db, tried))
    if (!isThrottled) onFailure({ event: tried, ...cause })
  }

  /** Works on different events share nothing. */
  #commit({ eventId }: StoredEvent, work: (db: Db) => Promise<void>): Promise<void> {
    return this.#deps.store.transact(work, undefined, [`event ${eventId}`])
  }

  async #isTooOld(event: StoredEvent, at: Date): Promise<boolean> {
    const config = await findEventConfig(this.#deps.store.read, event, event.qualifier ?? latest)
    const ageMs = at.getTime() - event.createdAt.getTime()
    return ageMs > (config?.maxAgeSeconds ?? defaultAgeSeconds) * 1000
  }

  async #giveUp(
    event: StoredEvent,
    condition: NonNullable<FailedAttempt['condition']>,
    cause: Pick<FailedAttempt, 'result' | 'refusal'>,
  ): Promise<void> {
    await this.#commit(event, (db) => deleteEvent(db, event))
    this.#deps.onFailure({ event, condition, ...cause })
  }
}
