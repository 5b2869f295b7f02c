/**
 * CloudWatch Logs' storage. What parts of Muster append is held in memory for a moment and written together; a crash
 * can lose the last of it. What comes through the API is written before it is answered.
 */
import type { Log } from '../../lib/log.ts'
import type { Db, Store } from '../../store/index.ts'
import type { EventPosition } from './events/position.ts'
import { bytesOf, type InputEvent } from './events/put.ts'
import { insertEvents, type StoredEvent } from './events/store.ts'
import { findGroupId, insertGroup } from './storage/group-store.ts'
import { areValidNames } from './log-group.ts'
import { pruneLogs } from './storage/pruning.ts'
import { NumberSequence } from './storage/sequence.ts'
import { cutUp, sum, toTransactions, type LogBatch, type Waiting } from './storage/batches.ts'
import type { StorageBounds } from './storage/storage-bounds.ts'
import { findStream, insertStream, updateStream, type LogStream } from './storage/stream-store.ts'

export interface LogSettings extends StorageBounds {
  /** Of an event: UTF-8 bytes of the message and 26 more. PutLogEvents refuses what is larger, `append` cuts it. */
  maxEventBytes: number
  /** Kept in memory until written; what comes beyond it is dropped. */
  maxWaitingEvents: number
  maxWaitingBytes: number
}

const defaultLogSettings: LogSettings = {
  maxEventsPerGroup: 500_000,
  maxBytesPerGroup: 512 * 1024 * 1024,
  maxStreamsPerGroup: 10_000,
  maxEventBytes: 256 * 1024,
  maxWaitingEvents: 20_000,
  maxWaitingBytes: 32 * 1024 * 1024,
}

export interface LogsOptions {
  store: Store
  now: () => Date
  log: Pick<Log, 'warn' | 'error'>
  settings?: Partial<LogSettings>
}

export interface Logs extends AsyncDisposable {
  /** Takes events and returns at once; makes the group and the stream where they are missing. */
  append: (batch: LogBatch) => void
  /** Resolves when everything appended so far can be read. */
  flush: () => Promise<void>
  /**
   * Writes to a stream that there is, durably. Events are in the order of their timestamps.
   * @returns the position of the last one; `undefined` when the stream is gone
   */
  put: (stream: LogStream, events: readonly InputEvent[]) => Promise<EventPosition | undefined>
  /** Removes what is beyond the bounds; also happens by itself. */
  prune: () => Promise<void>
  settings: LogSettings
  /** Numbers for groups and streams. */
  sequence: NumberSequence
}

const flushDelayMs = 200
const pruneEveryEvents = 5_000
const pruneEveryMs = 3_600_000

export function createLogs(options: LogsOptions): Logs {
  return new BufferedLogs(options)
}

class BufferedLogs implements Logs {
  readonly settings: LogSettings
  readonly sequence: NumberSequence
  readonly #store: Store
  readonly #now: () => Date
  readonly #log: LogsOptions['log']
  readonly #pruneTimer: NodeJS.Timeout
  readonly #stopping = new AbortController()
  #waiting: Waiting[] = []
  #waitingEvents = 0
  #waitingBytes = 0
  #dropped = 0
  #sincePrune = 0
  #flushTimer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #pruning: Promise<void> = Promise.resolve()
  #nextPruning: Promise<void> | undefined

  constructor({ store, now, log, settings }: LogsOptions) {
    this.#store = store
    this.#now = now
    this.#log = log
    this.settings = { ...defaultLogSettings, ...settings }
    this.sequence = new NumberSequence(now)
    this.#pruneTimer = setInterval(() => void this.prune(), pruneEveryMs).unref()
  }

  append = ({ events, ...to }: LogBatch): void => {
    const { maxWaitingEvents, maxWaitingBytes } = this.settings
    if (this.#waitingEvents >= maxWaitingEvents || this.#waitingBytes >= maxWaitingBytes) {
      this.#dropped += events.length // the disk does not keep up; the newest are worth less than the server's memory
      return
    }
    const taken: InputEvent[] = []
    for (const { timestamp, message } of events) {
      taken.push({ timestamp: timestamp.getTime(), message })
      this.#waitingBytes += message.length
    }
    this.#waitingEvents += events.length
    this.#waiting.push({ ...to, events: taken })
    this.#flushTimer ??= setTimeout(() => void this.flush(), flushDelayMs).unref()
  }

  flush = async (): Promise<void> => {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    if (this.#waiting.length > 0) {
      const batches = this.#waiting
      this.#waiting = []
      this.#writing = this.#writing.then(() => this.#writeAll(batches))
    }
    await this.#writing
  }

  put = async (stream: LogStream, events: readonly InputEvent[]): Promise<EventPosition | undefined> => {
    let last: EventPosition | undefined
    for (const some of cutUp(events)) {
      last = await this.#store.transact(async (db) => {
        const current = await findStream(db, stream, stream.logStreamName)
        return current && this.#write(db, current, some)
      })
      if (!last) return undefined
    }
    this.#countWritten(events.length)
    return last
  }

  /** One that is under way may have looked already, so who asks meanwhile gets the next one. */
  prune = (): Promise<void> => {
    this.#sincePrune = 0
    if (this.#nextPruning) return this.#nextPruning
    this.#nextPruning = this.#pruning.then(() => {
      this.#nextPruning = undefined
      return this.#pruneNow()
    })
    return (this.#pruning = this.#nextPruning)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pruneTimer)
    this.#stopping.abort()
    await this.flush()
    await this.#pruning
  }

  async #pruneNow(): Promise<void> {
    const { signal } = this.#stopping
    try {
      await pruneLogs(this.#store, { bounds: this.settings, now: this.#now(), signal })
    } catch (error) {
      this.#log.error({ error }, 'log events could not be pruned')
    }
  }

  async #writeAll(batches: readonly Waiting[]): Promise<void> {
    this.#waitingEvents -= sum(batches, ({ events }) => events.length)
    this.#waitingBytes -= sum(batches, ({ events }) => sum(events, ({ message }) => message.length))
    try {
      for (const parts of toTransactions(batches.filter((batch) => this.#isWritable(batch))))
        await this.#writeParts(parts)
    } catch (error) {
      this.#log.error({ error, batches: batches.length }, 'log events could not be written')
    }
    this.#reportDropped()
  }

  async #writeParts(parts: readonly Waiting[]): Promise<void> {
    await this.#store.transact(async (db) => {
      for (const part of parts) {
        const events = part.events.filter(({ message }) => message !== '').map((event) => this.#cut(event))
        if (events.length > 0) await this.#write(db, await this.#provideStream(db, part), events)
      }
    })
    this.#countWritten(sum(parts, ({ events }) => events.length))
  }

  #isWritable({ logGroupName, logStreamName }: Waiting): boolean {
    if (areValidNames(logGroupName, logStreamName)) return true
    this.#log.warn(
      { logGroupName, logStreamName },
      'log events were dropped: not a name of a group or stream',
    )
    return false
  }

  #cut({ timestamp, message }: InputEvent): InputEvent {
    const { maxEventBytes } = this.settings
    const surplus = bytesOf(message) - maxEventBytes
    if (surplus <= 0) return { timestamp, message }
    const bytes = Buffer.from(message).subarray(0, -surplus)
    return { timestamp, message: bytes.toString().replace(/\ufffd+$/, '') }
  }

  async #provideStream(
    db: Db,
    { accountId, logGroupName, logStreamName }: Omit<LogBatch, 'events'>,
  ): Promise<LogStream> {
    const creationTime = this.#now().getTime()
    await this.sequence.open(db)
    let logGroupId = await findGroupId(db, accountId, logGroupName)
    if (logGroupId === undefined) {
      logGroupId = this.sequence.next()
      await insertGroup(db, { accountId, logGroupName, logGroupId, logGroupClass: 'STANDARD', creationTime })
    }
    const known = await findStream(db, { accountId, logGroupId }, logStreamName)
    if (known) return known
    const created = { accountId, logGroupId, logStreamId: this.sequence.next(), logStreamName, creationTime }
    await insertStream(db, created)
    return { ...created, firstEventTimestamp: 0, lastEventTimestamp: 0, lastIngestionTime: 0, lastEventId: 0 }
  }

  async #write(db: Db, stream: LogStream, events: readonly InputEvent[]): Promise<EventPosition | undefined> {
    await this.sequence.open(db)
    const { logStreamId } = stream
    const ingestionTime = this.#now().getTime()
    const stored: StoredEvent[] = events.map(({ timestamp, message }) => ({
      timestamp,
      message,
      eventId: this.sequence.next(),
      logStreamId,
      ingestionTime,
      bytes: bytesOf(message),
    }))
    await insertEvents(db, stream, stored)
    await updateStream(db, withEvents(stream, stored))
    return stored.at(-1)
  }

  #countWritten(events: number): void {
    this.#sincePrune += events
    if (this.#sincePrune >= pruneEveryEvents) void this.prune()
  }

  #reportDropped(): void {
    if (this.#dropped > 0)
      this.#log.warn({ events: this.#dropped }, 'log events were dropped: the disk does not keep up')
    this.#dropped = 0
  }
}

function withEvents(stream: LogStream, events: readonly StoredEvent[]): LogStream {
  const changed = { ...stream }
  for (const { timestamp, eventId, ingestionTime } of events) {
    const isFirst = changed.firstEventTimestamp === 0 || timestamp < changed.firstEventTimestamp
    if (isFirst) changed.firstEventTimestamp = timestamp
    changed.lastEventTimestamp = Math.max(changed.lastEventTimestamp, timestamp)
    changed.lastIngestionTime = ingestionTime
    changed.lastEventId = Math.max(changed.lastEventId, eventId)
  }
  return changed
}
