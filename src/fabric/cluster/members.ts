/** What a node does about the others, after each renewal of its lease: notices who died, takes over, tidies up. */
import type { Log } from '../../lib/log.ts'
import type { Db, NodeStore } from '../../store/index.ts'
import { endMembership, forgetEnded, listMembers, pruneChanges, type Member } from './store.ts'
import { timing } from './timing.ts'

export interface MembersDeps {
  store: NodeStore
  nodeName: string
  log: Pick<Log, 'error' | 'warn'>
  /** In the transaction that ends a membership: what the node had in hand is another one's. */
  adopt: (db: Db, names: { from: string; to: string }) => Promise<void>
  /** There may be more in hand than before. */
  onAdopted: () => void
}

export class Members {
  readonly #deps: MembersDeps
  #alive = new Set<string>()
  #tending: Promise<void> | undefined
  #prunedAt = 0

  constructor(deps: MembersDeps) {
    this.#deps = deps
  }

  /** Names of those that serve, as of the last renewal. */
  get alive(): ReadonlySet<string> {
    return this.#alive
  }

  /** Of nodes that left while nobody else was there, or died when nobody was. */
  async adoptEnded(): Promise<void> {
    const { store, adopt, nodeName } = this.#deps
    await store.transact(async (db) => {
      const names = new Set(['', ...(await forgetEnded(db))]) // the first: of a server by itself
      names.delete(nodeName)
      for (const from of names) await adopt(db, { from, to: nodeName })
    })
  }

  heardOf(members: readonly Member[]): void {
    const { log, onAdopted } = this.#deps
    const alive = new Set(members.filter(({ isAlive }) => isAlive).map(({ nodeName }) => nodeName))
    if (!this.#alive.isSubsetOf(alive)) onAdopted() // who left has handed over
    this.#alive = alive
    // not waited for: the lease must be renewed whatever stands in line to be written
    this.#tending ??= this.#tend(members)
      .catch((error: unknown) => log.error({ error }, 'the cluster could not be tended'))
      .finally(() => (this.#tending = undefined))
  }

  /** Before this node leaves. */
  async handOver(): Promise<void> {
    const { store, adopt, nodeName } = this.#deps
    await this.#tending
    await store.transact(async (db) => {
      const members = await listMembers(db)
      const other = members.find((member) => member.isAlive && member.nodeName !== nodeName)
      if (other) await adopt(db, { from: nodeName, to: other.nodeName })
    })
  }

  async #tend(members: readonly Member[]): Promise<void> {
    for (const member of members) if (!member.isAlive) await this.#bury(member)
    if (performance.now() - this.#prunedAt < timing.pruneChangesMs) return
    this.#prunedAt = performance.now()
    await this.#deps.store.transact((db) => pruneChanges(db, timing.keepChangesMs))
  }

  /** Whoever is first takes over what it had in hand. */
  async #bury(dead: Member): Promise<void> {
    const { store, adopt, nodeName, log, onAdopted } = this.#deps
    const isFirst = await store.transact(async (db) => {
      const hasEnded = await endMembership(db, dead, { ifDead: true })
      if (hasEnded) await adopt(db, { from: dead.nodeName, to: nodeName })
      return hasEnded
    })
    if (!isFirst) return
    log.warn({ node: dead.nodeName }, 'a node of the cluster has not renewed its lease: it counts as dead')
    onAdopted()
  }
}
