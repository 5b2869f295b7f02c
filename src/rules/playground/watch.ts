/** One statement on the messages that come in: counts what a rule would do with them, and does none of it. */
import { randomUUID } from 'node:crypto'
import type { Message } from '../../fabric/in-process/index.ts'
import { toArrival } from '../engine/arrival.ts'
import type { ActiveRule } from '../engine/active-rule.ts'
import { Dispatcher, type Work } from '../engine/dispatcher.ts'
import { evaluateQuery, SqlEvaluationError, type Query } from '../sql/index.ts'

/** A message that came in while somebody watched. */
interface WatchedMessage {
  at: Date
  topic: string
  bytes: number
  /** Text, or base64 of what is none; absent when it is too large to be kept. */
  payload?: string
  payloadBase64?: string
  /** Whether WHERE was true; absent when the evaluation failed. */
  where?: boolean
}

export interface WatchReport {
  watchId: string
  topicFilter: string
  startedAt: Date
  endsAt: Date
  isOver: boolean
  /** Messages on topics that FROM asks for. */
  topicMatches: number
  /** Those for which WHERE was true: as many times each action would have run. */
  matched: number
  /** Those for which the statement failed. */
  failed: number
  lastFailure?: string
  /** Those that came faster than they were looked at. */
  skipped: number
  /** The newest first. */
  messages: readonly WatchedMessage[]
}

export interface WatchDeps {
  subscribe: (topicFilter: string, receive: (message: Message) => void) => Disposable
  now: () => Date
}

interface WatchOptions {
  accountId: string
  query: Query
  topicFilter: string
  durationMs: number
}

const keptMessages = 10
const maxKeptBytes = 16 * 1024
/** It stands beside the rules that do something. */
const limits = { waitingARule: 1000, waitingBytesAnAccount: 8 * 1024 * 1024 }

export class Watch implements AsyncDisposable {
  readonly accountId: string
  readonly #deps: WatchDeps
  readonly #report: WatchReport
  readonly #listening: Disposable
  readonly #dispatcher: Dispatcher
  readonly #timer: NodeJS.Timeout
  #messages: WatchedMessage[] = []

  constructor(deps: WatchDeps, { accountId, query, topicFilter, durationMs }: WatchOptions) {
    this.accountId = accountId
    this.#deps = deps
    const watchId = randomUUID()
    const startedAt = deps.now()
    const endsAt = new Date(startedAt.getTime() + durationMs)
    const counts = { topicMatches: 0, matched: 0, failed: 0, skipped: 0 }
    this.#report = { watchId, topicFilter, startedAt, endsAt, isOver: false, ...counts, messages: [] }
    const rule: ActiveRule = {
      query,
      topicFilter,
      actions: [],
      identity: { accountId, ruleName: watchId, ruleArn: '' },
    }
    this.#dispatcher = new Dispatcher({
      run: async (work) => this.#look(work),
      onOverflow: () => undefined,
      limits,
    })
    this.#listening = deps.subscribe(topicFilter, (message) => {
      this.#report.topicMatches += 1
      this.#dispatcher.offer({ rule, arrival: toArrival(message, deps.now()) })
    })
    this.#timer = setTimeout(() => this.#end(), durationMs)
    this.#timer.unref()
  }

  report(): WatchReport {
    return { ...this.#report, skipped: this.#dispatcher.dropped, messages: this.#messages.toReversed() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end()
    await this.#dispatcher[Symbol.asyncDispose]()
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#listening[Symbol.dispose]()
    this.#report.isOver = true
  }

  #look({ rule, arrival }: Work): void {
    const { topic, payload } = arrival.message
    const where = this.#judge(rule.query, arrival.message)
    const message = {
      at: this.#deps.now(),
      topic,
      bytes: payload.length,
      ...(payload.length <= maxKeptBytes && toText(payload)),
      ...(where !== undefined && { where }),
    }
    this.#messages = [...this.#messages.slice(1 - keptMessages), message]
  }

  #judge(query: Query, message: Work['arrival']['message']): boolean | undefined {
    try {
      const { matched } = evaluateQuery(query, message)
      if (matched) this.#report.matched += 1
      return matched
    } catch (error) {
      this.#report.failed += 1
      this.#report.lastFailure = error instanceof SqlEvaluationError ? error.message : 'a fault of the server'
      return undefined
    }
  }
}

function toText(payload: Uint8Array): Pick<WatchedMessage, 'payload' | 'payloadBase64'> {
  try {
    return { payload: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload) }
  } catch {
    return { payloadBase64: Buffer.from(payload).toString('base64') }
  }
}
