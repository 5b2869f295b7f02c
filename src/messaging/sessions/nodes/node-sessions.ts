/**
 * Persistent sessions where several nodes have one database: each is one node's at a time. Whoever a client comes to
 * takes its session over; sessions of a node that is gone are shared out among the others. Messages reach them through
 * the log, which each node reads in order. See docs/decisions/0031-sessions-have-owners.md.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Change, Message } from '../../../fabric/in-process/index.ts'
import type { Log } from '../../../lib/log.ts'
import { chooseByHash } from '../../../lib/rendezvous.ts'
import type { Store } from '../../../store/index.ts'
import type { OwnPayloads, QueueKey } from '../kept-message.ts'
import type { SessionRegistry } from '../session-registry.ts'
import type { Session } from '../session.ts'
import { bringUpToDate, type CatchUpDeps } from './catch-up.ts'
import { listClients } from './client-store.ts'
import { Interest } from './interest.ts'
import { findFilters, listFilters } from './filter-store.ts'
import { KnownClients } from './known-clients.ts'
import { LogReader } from './log-reader.ts'
import { forgetUnwanted } from './group-store.ts'
import { listLogged, pruneLog, savePosition, type Logged } from './log-store.ts'
import type { NodeGroups } from './node-groups.ts'
import { OwnerLookup } from './owner-lookup.ts'
import type { Ownership } from './owner-lookup-store.ts'
import {
  adoptSessions,
  listOrphans,
  releaseSession,
  takeSession,
  type Orphan,
  type Taken,
} from './owner-store.ts'
import type { ClientName, SessionNodes } from './session-nodes.ts'

export interface NodeSessionsDeps {
  store: Store
  registry: SessionRegistry
  nodes: SessionNodes
  groups: NodeGroups
  ownPayloads: OwnPayloads
  now: () => Date
  log: Pick<Log, 'error'>
}

const orphansAtOnce = 500
/** Between them: 2,000 sessions a second. */
const adoptionPauseMs = 250
const pruneEveryMs = 10_000

const nameOf = ({ accountId, clientId }: ClientName): string => `${accountId}/${clientId}`

export class NodeSessions implements AsyncDisposable {
  readonly #deps: NodeSessionsDeps
  readonly #interest: Interest
  readonly #reader: LogReader
  readonly #owners: OwnerLookup
  readonly #clients: KnownClients
  readonly #listening: Disposable
  /** By client: what is being done about its session, one after another. */
  readonly #turns = new Map<string, Promise<void>>()
  readonly #catchUpDeps: CatchUpDeps
  #adopting: Promise<void> | undefined
  #prunedAt = 0
  #isClosed = false

  /** `position`: where this node begins to read the log. */
  constructor(deps: NodeSessionsDeps, position: number) {
    const { store, registry, nodes, groups, log } = deps
    const { nodeName, kept } = nodes
    this.#deps = deps
    this.#owners = new OwnerLookup(store.read)
    this.#clients = new KnownClients({ list: () => listClients(store.read), log })
    this.#interest = new Interest({
      createLocal: nodes.createLocal,
      find: (accountId, filters) => findFilters(store.read, accountId, filters),
      keepGroup: (group, isKept) => groups.view.keep(group, isKept),
    })
    const readerDeps = {
      list: (range: { after: number; limit: number }) => listLogged(store.read, range),
      hand(logged: Logged) {
        void kept.publish(logged.message)?.catch(() => {}) // its fabric was told
        groups.takeLogged(logged)
      },
      onRead: (seq: number) => registry.writes.write('position', (db) => savePosition(db, nodeName, seq)),
      flushed: () => registry.flushed(),
      log,
    }
    this.#reader = new LogReader(readerDeps, position)
    this.#catchUpDeps = { ...deps, reader: this.#reader }
    this.#listening = nodes.onChange((change) => this.#heed(change))
    nodes.onAskedFor((client) => this.#letGo(client))
    nodes.onLogged(() => void this.#reader.look())
    nodes.onAdopted(() => this.adopt())
    nodes.onSilent(() => this.#clients.forget())
    nodes.keepWith({
      wants: (accountId, topic) => this.#interest.wants(accountId, topic),
      keep: (message) => this.#keep(message),
    })
  }

  /** Resolves when it is known what sessions are to have. */
  async begin(): Promise<void> {
    for await (const page of listFilters(this.#deps.store.read))
      for (const known of page) this.#interest.add(known)
    this.adopt()
    this.#readClients()
  }

  /** The session of a client that connects here, if it has one, is this node's when it resolves. Undefined when it has none. */
  bring(accountId: string, clientId: string): Promise<void> | undefined {
    const client = { accountId, clientId }
    const name = nameOf(client)
    const isOwn = this.#turns.has(name) || this.#deps.registry.find(accountId, clientId)?.key !== undefined
    if (!isOwn && !this.#clients.mayHave(client)) return undefined
    return this.#inTurn([name], () => this.#bring(client))
  }

  /** There is more in the log. */
  look(): void {
    void this.#reader.look()
  }

  /** Called once a second. */
  sweep(): void {
    this.look()
    this.adopt()
    this.#readClients()
    void this.#prune().catch((error: unknown) =>
      this.#deps.log.error({ error }, 'messages that all have could not be deleted'),
    )
  }

  /** This node's share of the sessions that no node has. */
  adopt(): void {
    this.#adopting ??= this.#adoptAll()
      .catch((error: unknown) => this.#deps.log.error({ error }, 'sessions could not be taken over'))
      .finally(() => (this.#adopting = undefined))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#listening[Symbol.dispose]()
    await this.#adopting
    await this.#clients.close()
    await this.#reader.close()
  }

  #readClients(): void {
    if (!this.#deps.nodes.hasSilent()) void this.#clients.read() // it logs its errors
  }

  #keep(message: Message): Promise<void> | undefined {
    const { registry, ownPayloads, groups } = this.#deps
    const shares = groups.sharesToLog(message)
    if (shares.length === 0 && !this.#interest.wants(message.accountId, message.topic)) return undefined
    return registry.writes.log({ message: ownPayloads.copyOf(message), shares })
  }

  async #bring(client: ClientName): Promise<void> {
    const { registry, nodes, store } = this.#deps
    const known = registry.find(client.accountId, client.clientId)
    const owner = await this.#findOwner(client, known)
    if (known?.key && this.#isOwn(owner, known.key)) return
    if (known?.key) registry.lose(known)
    if (!owner) return
    if (owner.ownerNode !== '' && owner.ownerNode !== nodes.nodeName)
      await nodes.askFor(owner.ownerNode, client)
    const now = this.#deps.now()
    const taken = await store.transact(
      (db) => takeSession(db, { ...client, nodeName: nodes.nodeName, now }),
      (one) => (one ? [{ accountId: client.accountId, kind: 'session', id: client.clientId }] : []),
    )
    if (!taken) return
    await this.#bringUpToDate([taken])
    await nodes.told()
  }

  /** What could not be brought into memory is nobody's again. */
  async #bringUpToDate(taken: readonly Taken[]): Promise<void> {
    try {
      await bringUpToDate(this.#catchUpDeps, taken)
    } catch (error) {
      const { store, registry, nodes } = this.#deps
      for (const { record } of taken) {
        const session = registry.find(record.accountId, record.clientId)
        if (session?.key?.sessionId === record.sessionId) registry.lose(session)
      }
      await store.transact(async (db) => {
        for (const { record, logSeq } of taken)
          await releaseSession(db, { ...record, nodeName: nodes.nodeName, logSeq })
      })
      throw error
    }
  }

  /** `known`: the session that this node has of it, whose row may be on its way. */
  async #findOwner(
    { accountId, clientId }: ClientName,
    known: Session | undefined,
  ): Promise<Ownership | undefined> {
    const { registry } = this.#deps
    const find = () => this.#owners.find(accountId, clientId)
    const owner = await find()
    if (owner || !known?.key) return owner
    await registry.flushed().catch(() => {}) // it was told
    return find()
  }

  #isOwn(owner: Ownership | undefined, key: QueueKey): boolean {
    const { nodeName } = this.#deps.nodes
    return owner?.ownerNode === nodeName && owner.sessionId === key.sessionId && owner.epoch === key.epoch
  }

  /** Another node asks for it: what it has is written down, and it is nobody's until that node takes it. */
  async #letGo({ accountId, clientId }: ClientName): Promise<void> {
    const { registry, nodes } = this.#deps
    const session = registry.find(accountId, clientId)
    if (!session?.key) return
    session.replace()
    if (!session.isLost) this.#release(session, session.key, nodes.nodeName)
    await registry.flushed()
  }

  /** In one turn, so that it has the log up to where this node has read, and nothing more. */
  #release(session: Session, key: QueueKey, nodeName: string): void {
    const { registry } = this.#deps
    const logSeq = this.#reader.position
    registry.writes.write(`release ${key.sessionId}`, (db) =>
      releaseSession(db, { ...key, nodeName, logSeq }),
    )
    registry.lose(session)
  }

  async #heed({ kind, accountId, id }: Change): Promise<void> {
    if (kind === 'session-filter') return this.#interest.look({ accountId, filter: id })
    if (kind === 'session' || kind === 'session-begun') this.#clients.add({ accountId, clientId: id })
    if (kind === 'session') await this.#checkOwner({ accountId, clientId: id })
  }

  /** Another node has taken it, and may not have been heard. */
  async #checkOwner(client: ClientName): Promise<void> {
    const { registry } = this.#deps
    const session = registry.find(client.accountId, client.clientId)
    if (!session?.key) return
    const owner = await this.#findOwner(client, session)
    if (this.#isOwn(owner, session.key)) return
    if (owner && owner.sessionId === session.key.sessionId && owner.epoch < (session.key.epoch ?? 0)) return // it has come back
    registry.lose(session)
  }

  async #adoptAll(): Promise<void> {
    const { store, nodes } = this.#deps
    let after: Orphan | undefined
    while (!this.#isClosed) {
      const page = await listOrphans(store.read, after, orphansAtOnce)
      const members = [...nodes.members()]
      const own = page.filter(
        (orphan) =>
          !this.#turns.has(nameOf(orphan)) && chooseByHash(members, nameOf(orphan)) === nodes.nodeName,
      )
      for (const [accountId, orphans] of Map.groupBy(own, (orphan) => orphan.accountId))
        await this.#inTurn(orphans.map(nameOf), () => this.#adoptSome(accountId, orphans))
      after = page.at(-1)
      if (page.length < orphansAtOnce) return
      await wait(adoptionPauseMs)
    }
  }

  async #adoptSome(accountId: string, orphans: readonly Orphan[]): Promise<void> {
    const { store, nodes, registry } = this.#deps
    const sessionIds = orphans.map(({ sessionId }) => sessionId)
    for (const { clientId } of orphans) {
      const known = registry.find(accountId, clientId)
      if (known?.key) registry.lose(known) // its row says that it is nobody's
    }
    const adopting = { accountId, sessionIds, nodeName: nodes.nodeName }
    const taken = await store.transact((db) => adoptSessions(db, adopting))
    const byPosition = Map.groupBy(taken, ({ logSeq }) => logSeq)
    for (const group of byPosition.values()) await this.#bringUpToDate(group)
  }

  async #prune(): Promise<void> {
    if (performance.now() - this.#prunedAt < pruneEveryMs) return
    this.#prunedAt = performance.now()
    await this.#deps.store.transact(async (db) => {
      await pruneLog(db)
      await forgetUnwanted(db)
    })
  }

  /** Of one client after another; what follows does not hear that it failed. */
  async #inTurn<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = names.flatMap((name) => this.#turns.get(name) ?? [])
    const done = Promise.all(before).then(work)
    const turn = done.then(
      () => {},
      () => {},
    )
    for (const name of names) this.#turns.set(name, turn)
    try {
      return await done
    } finally {
      for (const name of names) if (this.#turns.get(name) === turn) this.#turns.delete(name)
    }
  }
}
