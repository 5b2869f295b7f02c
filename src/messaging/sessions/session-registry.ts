import type { Fabric } from '../../fabric/in-process/index.ts'
import type { Db } from '../../store/index.ts'
import { OwnPayloads, type QueueKey } from './kept-message.ts'
import { KeptQueue } from './kept-queue.ts'
import type { KeptQueueDeps } from './kept-queue-deps.ts'
import { DropLedger } from './drops.ts'
import { listMessages, type QueueSummary } from './message-store.ts'
import { PassingQueue } from './passing-queue.ts'
import { deleteExpired, deleteOldest, nothingPurged, type Purged } from './purge-store.ts'
import { defaultSessionLimits, type SessionLimits } from './session-limits.ts'
import { Retries } from './retries.ts'
import { SessionWrites } from './session-writes.ts'
import { Session, type SessionDeps, type SessionIdentity } from './session.ts'
import { SleepingQueue } from './sleeping-queue.ts'
import type { Closing, OpenedSession, OpenRequest } from './opening.ts'
import { SharedGroups, type Groups } from './shared-groups.ts'
import { countQueued, summarize, type SessionStats, type SessionSummary } from './session-summary.ts'
import type { SessionRecord } from './store.ts'
import type { SessionsDeps } from './sessions-deps.ts'
import type { WhenFull } from './when-full.ts'
import { publishWill } from './publish-will.ts'

const keyOf = (accountId: string, clientId: string): string => `${accountId}/${clientId}`

/** What `Sessions` offers, and what restoring needs beside it. */
export class SessionRegistry {
  readonly limits: SessionLimits
  readonly writes: SessionWrites
  readonly groups: SharedGroups
  /** Those that sessions join. */
  readonly #joined: Groups
  readonly #deps: SessionsDeps
  readonly #ownPayloads = new OwnPayloads()
  readonly #sessions = new Map<string, Session>()
  readonly #sessionDeps: SessionDeps
  /** Of persistent sessions. */
  readonly #keptDeps: SessionDeps
  /** Their queues refill when redelivery has a rate. */
  readonly #queues = new Map<Session, SleepingQueue>()
  readonly #offline = new Set<Session>()
  readonly #whenFull: WhenFull
  readonly #drops: DropLedger
  readonly #retries: Retries
  #unsettled: Session[] = []
  #nextId: number

  constructor(deps: SessionsDeps) {
    const { fabric, store, now, random, log, doesHashMatchParent = false } = deps
    this.#deps = deps
    this.#whenFull = deps.whenFull ?? 'drop-newest'
    this.#retries = new Retries(now().getTime())
    this.#drops = new DropLedger({ now, report: deps.onDropped })
    this.limits = { ...defaultSessionLimits, ...deps.limits }
    const onFailed = (cause: unknown) => log.error({ err: cause }, 'messages of sessions could not be stored')
    this.writes = new SessionWrites(store, onFailed, deps.shared?.writes)
    this.#nextId = deps.shared?.firstSessionId ?? 1
    this.groups = new SharedGroups({
      fabric,
      limits: this.limits,
      now,
      random,
      queueDeps: (accountId, name) => this.#queueDeps(accountId, name),
      createQueueKey: (accountId, name) => this.#createSharedQueue(accountId, name),
    })
    this.#joined = deps.shared?.openGroups(this.#groupsParts()) ?? this.groups
    this.#sessionDeps = {
      fabric,
      groups: this.#joined,
      writes: this.writes,
      told: deps.shared?.told ?? (() => undefined),
      doesHashMatchParent,
      settleLater: (session) => this.#settleLater(session),
    }
    this.#keptDeps = deps.shared ? { ...this.#sessionDeps, fabric: deps.shared.kept } : this.#sessionDeps
  }

  open(request: OpenRequest): OpenedSession {
    const { accountId, clientId, version, will } = request
    const known = this.find(accountId, clientId)
    const hasEnded = (known?.expiresAt ?? Number.POSITIVE_INFINITY) <= this.#deps.now().getTime() // not swept yet
    const isPresent = known !== undefined && !hasEnded && !request.isCleanStart && known.version === version
    const ended = known && !isPresent ? this.#end(known) : undefined // [MQTT-3.1.2-4]
    const expirySeconds = this.#grantExpiry(request)
    const isPersistent = isPresent || expirySeconds > 0
    const session = isPresent ? known : this.#create(request, isPersistent)
    this.#offline.delete(session)
    session.expirySeconds = expirySeconds
    session.expiresAt = undefined
    session.will = will // one that was pending is cancelled [MQTT-3.1.3-9]
    session.willDueAt = undefined
    return { session, isPresent, durable: this.#save(session, true, !isPresent) ?? ended }
  }

  close(session: Session, { will, expirySeconds }: Closing): void {
    session.detach()
    if (session.isLost) return
    if (expirySeconds !== undefined) session.expirySeconds = this.#capExpiry(expirySeconds)
    session.will = will
    if (session.expirySeconds === 0) return void this.#end(session)
    const now = this.#deps.now().getTime()
    session.expiresAt = now + session.expirySeconds * 1000
    session.willDueAt = will && now + will.delaySeconds * 1000
    this.#offline.add(session)
    if (will?.delaySeconds === 0) this.#publishWill(session)
    void this.#save(session, false)?.catch(() => {}) // it was told
  }

  find(accountId: string, clientId: string): Session | undefined {
    return this.#sessions.get(keyOf(accountId, clientId))
  }

  remove(session: Session): boolean {
    if (session.isConnected || this.find(session.accountId, session.clientId) !== session) return false
    void this.#end(session)
    return true
  }

  /** Another node has it: nothing of it is written or published here any more. */
  lose(session: Session): void {
    if (session.isLost) return
    this.#forget(session)
    session.lose()
  }

  /** As `lose`, for those that nothing was written of. */
  loseAll(lost: readonly QueueKey[]): void {
    const ids = new Set(lost.map(({ sessionId }) => sessionId))
    for (const session of this.#queues.keys())
      if (session.key && ids.has(session.key.sessionId)) this.lose(session)
  }

  /** Its client was connected to a node that has it no more: a will without delay is due. */
  publishDueWill(session: Session): void {
    if (session.will?.delaySeconds !== 0) return
    this.#publishWill(session)
    void this.#save(session, false)?.catch(() => {}) // it was told
  }

  sweep(): void {
    this.writes.retry()
    const now = this.#deps.now().getTime()
    for (const session of this.#offline) {
      if (session.expiresAt !== undefined && session.expiresAt <= now) void this.#end(session)
      else if (session.willDueAt !== undefined && session.willDueAt <= now) {
        this.#publishWill(session)
        void this.#save(session, false)?.catch(() => {}) // it was told
      }
    }
    this.#drops.sweep()
    this.#retries.sweep(now)
    this.#joined.drainAtRate()
    if (this.limits.redeliveriesPerSecond > 0) for (const queue of this.#queues.values()) queue.refill()
  }

  stats(): SessionStats {
    const [persistent, offline] = [this.#queues.size, this.#offline.size]
    const queued = countQueued(this.#queues.keys(), this.groups)
    return { persistent, offline, queued, dropped: this.#drops.totals }
  }

  describe(accountId: string, name: string): SessionSummary | undefined {
    const queue = this.find(accountId, name) ?? this.groups.find(accountId, name)
    return summarize(queue, this.#drops.find(accountId, name))
  }

  flushed(): Promise<void> {
    return this.writes.flushed()
  }

  async stop(): Promise<void> {
    this.writes.retry()
    await this.flushed().catch(() => {}) // it was told
    this.#drops.flush()
  }

  /** A session that an earlier run of the server left. */
  restore(
    record: SessionRecord,
    left: QueueSummary | undefined,
    fabric?: Pick<Fabric, 'subscribe'>,
  ): Session {
    this.reserveId(record.sessionId)
    const { accountId, clientId, version, sessionId, epoch } = record
    const key = { accountId, sessionId, ...(epoch !== undefined && { epoch }) }
    const session = this.#createKept({ accountId, clientId, version, key }, left, fabric)
    session.expirySeconds = record.expirySeconds
    session.expiresAt = record.expiresAt
    session.will = record.will
    session.willDueAt = record.will?.dueAt
    this.#offline.add(session)
    return session
  }

  /** The number belongs to a queue that exists. */
  reserveId(sessionId: number): void {
    if (!this.#deps.shared) this.#nextId = Math.max(this.#nextId, sessionId + 1)
  }

  /** Nobody has what is left in it any more. */
  discard(queue: QueueKey, filters: readonly string[] = []): Promise<void> {
    const discarded = this.writes.endSession(queue, filters)
    discarded.catch(() => {}) // it was told
    return discarded
  }

  #create(request: OpenRequest, isPersistent: boolean): Session {
    const { accountId, clientId, version, passing } = request
    if (isPersistent) {
      const key = { accountId, sessionId: this.#nextId++, ...(this.#deps.shared && { epoch: 1 }) }
      return this.#createKept({ accountId, clientId, version, key })
    }
    const outgoing = new PassingQueue(passing, {
      now: this.#deps.now,
      countDropped: this.#drops.counterOf(accountId, clientId),
      whenFull: this.#whenFull,
      retries: this.#retries,
      ownPayloads: this.#ownPayloads,
    })
    const session = new Session({ accountId, clientId, version }, outgoing, this.#sessionDeps)
    this.#sessions.set(keyOf(accountId, clientId), session)
    return session
  }

  #createKept(
    identity: SessionIdentity & { key: QueueKey },
    left?: QueueSummary,
    fabric?: Pick<Fabric, 'subscribe'>,
  ): Session {
    const { accountId, clientId, key } = identity
    const make = () => new KeptQueue(key, this.#queueDeps(accountId, clientId), left)
    const outgoing = new SleepingQueue(make, left)
    const deps = fabric ? { ...this.#sessionDeps, fabric } : this.#keptDeps
    const session = new Session(identity, outgoing, deps)
    this.#sessions.set(keyOf(accountId, clientId), session)
    this.#queues.set(session, outgoing)
    return session
  }

  /**
   * The will first, so that it is not lost with the session; it does not come back to who leaves. A promise when the
   * session has been stored: it resolves when nothing is left of it.
   */
  #end(session: Session): Promise<void> | undefined {
    const { filters } = session
    session.end()
    this.#forget(session)
    this.#publishWill(session)
    const { accountId, clientId, queuedMessages, key: queue } = session
    if (!queue) return undefined
    if (queuedMessages > 0)
      this.#drops.counterOf(accountId, clientId)('session-ended', undefined, queuedMessages)
    return this.discard(queue, filters)
  }

  #forget(session: Session): void {
    this.#offline.delete(session)
    this.#queues.delete(session)
    const key = keyOf(session.accountId, session.clientId)
    if (this.#sessions.get(key) === session) this.#sessions.delete(key)
  }

  #publishWill(session: Session): void {
    const { will } = session
    session.will = session.willDueAt = undefined
    if (will) publishWill(will.message, this.#deps)
  }

  #save(session: Session, isConnected: boolean, isNew = false): Promise<void> | undefined {
    const { key, clientId, version, expirySeconds, expiresAt, will, willDueAt } = session
    if (!key) return undefined
    const record = {
      ...key,
      clientId,
      version,
      expirySeconds,
      isConnected,
      expiresAt,
      will: will && { ...will, dueAt: willDueAt },
    }
    return isNew ? this.writes.createSession(record) : this.writes.saveSession(record)
  }

  #grantExpiry({ version, isCleanStart, expirySeconds }: OpenRequest): number {
    if (version === 5) return this.#capExpiry(expirySeconds)
    return isCleanStart ? 0 : this.limits.persistentSessionSeconds
  }

  #capExpiry(seconds: number): number {
    return Math.min(seconds, this.limits.maxSessionExpirySeconds)
  }

  #createSharedQueue(accountId: string, name: string): QueueKey {
    const key = { accountId, sessionId: this.#nextId++ }
    void this.writes.saveSharedQueue(key, name).catch(() => {}) // it was told
    return key
  }

  #groupsParts() {
    const { limits, writes } = this
    const counterOf = (accountId: string, name: string) => this.#drops.counterOf(accountId, name)
    return { ...this.#deps, limits, writes, counterOf, whenFull: this.#whenFull }
  }

  #queueDeps(accountId: string, name: string): KeptQueueDeps {
    const { store, now, log } = this.#deps
    return {
      isPromised: this.#deps.shared !== undefined,
      whenFull: this.#whenFull,
      countDropped: this.#drops.counterOf(accountId, name),
      retries: this.#retries,
      writes: this.writes,
      ownPayloads: this.#ownPayloads,
      limits: this.limits,
      now,
      list: (queue, range) => listMessages(store.read, queue, range),
      deleteExpired: (queue, range) =>
        this.#whenFlushed(queue, (db) => deleteExpired(db, queue, { now: now().getTime(), ...range() })),
      deleteOldest: (queue, excess, range) =>
        this.#whenFlushed(queue, (db) => deleteOldest(db, queue, { excess, ...range() })),
      onBug: (cause) => log.error({ err: cause }, 'messages of a session could not be read'),
    }
  }

  async #whenFlushed(queue: QueueKey, purge: (db: Db) => Promise<Purged>): Promise<Purged> {
    const { store, shared } = this.#deps
    await this.writes.flushed()
    if (!shared) return store.transact(purge)
    return store.transact(async (db) => ((await shared.owns(db, queue)) ? purge(db) : nothingPurged))
  }

  #settleLater(session: Session): void {
    this.#unsettled.push(session)
    if (this.#unsettled.length > 1) return
    setImmediate(() => {
      const unsettled = this.#unsettled
      this.#unsettled = []
      for (const each of unsettled) each.settle()
    })
  }
}
