/**
 * Which shared groups there are at all nodes, and how many of their members are connected to each. What other nodes tell
 * of theirs may be late: whoever picks by it may pick a node that has nobody by then, and that node passes the message on.
 */
import type { Fabric, Message } from '../../../fabric/in-process/index.ts'
import { parseSharedFilter } from '../../../lib/topic-filter.ts'
import type { GroupName } from './group-store.ts'

/** What a node tells of one of its groups. */
export interface ToldGroup extends GroupName {
  /** Members. */
  connected: number
}

export interface KnownGroup extends GroupName {
  /** Some session that outlives its connection is in it. */
  isKept: boolean
  /** Members that are connected, by node. */
  connected: Map<string, number>
  source: Disposable
}

export interface GroupViewDeps {
  /** With the rules of matching that sessions have. */
  createLocal: () => Fabric
  /** Milliseconds that only grow. */
  elapsed: () => number
  /** 0 <= x < 1 */
  random: () => number
}

/** Nodes tell once a second. One that has not for so long is passed over. */
const staleMs = 3500

export class GroupView {
  readonly #deps: GroupViewDeps
  readonly #fabric: Fabric
  /** By account, then by name. */
  readonly #accounts = new Map<string, Map<string, KnownGroup>>()
  readonly #toldAt = new Map<string, number>()
  #matching: KnownGroup[] = []

  constructor(deps: GroupViewDeps) {
    this.#deps = deps
    this.#fabric = deps.createLocal()
  }

  /** Those that a message on the topic is for. */
  match(message: Message): readonly KnownGroup[] {
    if (!this.#accounts.get(message.accountId)?.size) return []
    this.#matching = []
    void this.#fabric.publish(message)
    return this.#matching
  }

  /** There is one that messages on the topic are for. */
  wants(accountId: string, topic: string): boolean {
    return this.#fabric.hasSubscribers(accountId, topic)
  }

  /** Sessions that outlive their connections are in it, or in it no more. */
  keep({ accountId, name }: GroupName, isKept: boolean): void {
    const group = isKept ? this.#findOrAdd({ accountId, name }) : this.#accounts.get(accountId)?.get(name)
    if (!group) return
    group.isKept = isKept
    this.#forgetIfOver(group)
  }

  /** `isAll`: of all its groups. */
  tell(nodeName: string, groups: readonly ToldGroup[], isAll: boolean): void {
    this.#toldAt.set(nodeName, this.#deps.elapsed())
    if (isAll) {
      const told = new Set(groups.map(({ accountId, name }) => `${accountId}/${name}`))
      for (const group of this.#all())
        if (!told.has(`${group.accountId}/${group.name}`)) this.#count(group, nodeName, 0)
    }
    for (const { connected, ...group } of groups)
      if (connected > 0) this.#count(this.#findOrAdd(group), nodeName, connected)
      else this.#count(this.#accounts.get(group.accountId)?.get(group.name), nodeName, 0)
  }

  /** Nodes that serve no more have no members. */
  retain(alive: ReadonlySet<string>): void {
    for (const nodeName of this.#toldAt.keys()) {
      if (alive.has(nodeName)) continue
      this.tell(nodeName, [], true)
      this.#toldAt.delete(nodeName)
    }
  }

  /** One that has members now, each as likely as any other to get it; undefined when nobody is known to have any. */
  pick({ connected }: KnownGroup, { among, except = [] }: Choice): string | undefined {
    const now = this.#deps.elapsed()
    const candidates = [...connected].filter(
      ([nodeName]) =>
        among.has(nodeName) &&
        !except.includes(nodeName) &&
        now - (this.#toldAt.get(nodeName) ?? Number.NEGATIVE_INFINITY) < staleMs,
    )
    let left = this.#deps.random() * candidates.reduce((sum, [, count]) => sum + count, 0)
    for (const [nodeName, count] of candidates) {
      if (left < count) return nodeName
      left -= count
    }
    return undefined
  }

  #count(group: KnownGroup | undefined, nodeName: string, connected: number): void {
    if (!group) return
    if (connected > 0) group.connected.set(nodeName, connected)
    else group.connected.delete(nodeName)
    this.#forgetIfOver(group)
  }

  #findOrAdd({ accountId, name }: GroupName): KnownGroup {
    let groups = this.#accounts.get(accountId)
    if (!groups) this.#accounts.set(accountId, (groups = new Map()))
    const known = groups.get(name)
    if (known) return known
    const filter = parseSharedFilter(`$share/${name}`)?.filter ?? name
    const source = this.#fabric.subscribe(accountId, filter, () => void this.#matching.push(group))
    const group: KnownGroup = { accountId, name, isKept: false, connected: new Map(), source }
    groups.set(name, group)
    return group
  }

  #forgetIfOver({ accountId, name, isKept, connected, source }: KnownGroup): void {
    if (isKept || connected.size > 0) return
    source[Symbol.dispose]()
    this.#accounts.get(accountId)?.delete(name)
  }

  *#all(): Iterable<KnownGroup> {
    for (const groups of this.#accounts.values()) yield* groups.values()
  }
}

interface Choice {
  /** Nodes that serve. */
  among: ReadonlySet<string>
  except?: readonly string[]
}
