/**
 * Shared subscriptions where several nodes have one database. Whoever publishes picks the node, by what it knows of the
 * groups' members; that node picks the member. See docs/decisions/0040-shared-groups-without-a-home.md.
 */
import type { Message, Shares } from '../../../fabric/in-process/index.ts'
import type { SharedFilter } from '../../../lib/topic-filter.ts'
import type { Log } from '../../../lib/log.ts'
import type { Db, Store } from '../../../store/index.ts'
import type { CountDropped } from '../drops.ts'
import type { Member } from '../group-members.ts'
import { expiryOf } from '../kept-message.ts'
import type { SessionLimits } from '../session-limits.ts'
import type { SessionWrites } from '../session-writes.ts'
import { describeGroupExcess, type Groups, type Membership } from '../shared-groups.ts'
import type { WhenFull } from '../when-full.ts'
import { letWait, type GroupMessage, type GroupName } from './group-store.ts'
import { GroupView } from './group-view.ts'
import type { Logged } from './log-store.ts'
import { nameOfChange, NodeGroup, type NodeGroupDeps } from './node-group.ts'
import type { GroupsTold, SessionNodes } from './session-nodes.ts'

export interface NodeGroupsDeps {
  store: Store
  writes: SessionWrites
  nodes: SessionNodes
  limits: SessionLimits
  whenFull: WhenFull
  now: () => Date
  random: () => number
  counterOf: (accountId: string, name: string) => CountDropped
  log: Pick<Log, 'error'>
}

export class NodeGroups implements Groups {
  readonly view: GroupView
  readonly #deps: NodeGroupsDeps
  readonly #groupDeps: NodeGroupDeps
  /** Those that have members here, by account, then by name. */
  readonly #accounts = new Map<string, Map<string, NodeGroup>>()
  #toTell: GroupName[] = []

  constructor(deps: NodeGroupsDeps) {
    const { nodes, now, log } = deps
    this.#deps = deps
    this.view = new GroupView({ ...deps, createLocal: nodes.createLocal, elapsed: () => now().getTime() })
    this.#groupDeps = {
      ...deps,
      nodeName: nodes.nodeName,
      wait: (given) => this.#wait(given),
      passOn: (message, group, tried) => this.#passOn(message, group, tried),
      hasOthers: (message, group) => this.#pickOther(message, group, []) !== undefined,
      tell: (group, connected) => this.#tell(group, connected),
      countExpired: ({ accountId, name }, messages) => {
        if (messages > 0) deps.counterOf(accountId, name)('expired', undefined, messages)
      },
      onFailed: (error) => log.error({ error }, 'messages of a shared group could not be read'),
    }
    nodes.onGroupsTold((told) => this.#heed(told))
    nodes.shareWith({
      wants: (accountId, topic) => this.view.wants(accountId, topic),
      share: (message) => this.#share(message),
      hear: (message, shares) => this.#hear(message, shares),
    })
  }

  describeExcess(accountId: string, member: Member, shared: SharedFilter): string | undefined {
    const groups = this.#accounts.get(accountId)
    const known = groups?.get(`${shared.shareName}/${shared.filter}`)?.members
    return describeGroupExcess(this.#deps.limits, { groups: groups?.size ?? 0, known, member })
  }

  join(accountId: string, member: Member, shared: SharedFilter & { text: string }): Membership {
    let groups = this.#accounts.get(accountId)
    if (!groups) this.#accounts.set(accountId, (groups = new Map()))
    const name = `${shared.shareName}/${shared.filter}`
    const group = groups.get(name) ?? new NodeGroup({ accountId, name }, this.#groupDeps)
    groups.set(name, group)
    group.members.add(member, shared.text)
    group.note()
    const leave = () => {
      group.members.remove(member)
      group.note()
      if (group.members.size === 0) groups.delete(name)
    }
    return { group, [Symbol.dispose]: leave }
  }

  /** Also tells other nodes of all groups here, as they may not have heard of some. */
  drainAtRate(): void {
    this.view.retain(this.#alive())
    const groups = [...this.#all()]
    for (const group of groups) group.drainAtRate()
    const told = groups.map((group) => toTold(group, group.members.connected.length))
    this.view.tell(this.#deps.nodes.nodeName, told, true)
    if (told.length > 0) void this.#deps.nodes.tellGroups({ groups: told, isAll: true, waiting: [] })
  }

  /** Of a message that some session which outlives its connection is to have. */
  sharesToLog(message: Message): Shares {
    const groups = this.view.match(message).filter(({ isKept }) => isKept)
    if (groups.length === 0) return []
    const among = this.#alive()
    return groups.map((group) => [group.name, this.view.pick(group, { among }) ?? this.#deps.nodes.nodeName])
  }

  /** In the turn in which the log has been read so far. */
  takeLogged({ message, seq, shares }: Logged): void {
    const { accountId } = message
    const expiresAt = expiryOf(message, this.#deps.now().getTime())
    for (const [name, nodeName] of shares) {
      if (nodeName !== this.#deps.nodes.nodeName) continue
      const given: GroupMessage = { accountId, name, seq, message, expiresAt }
      if (!this.#find(given)?.takeLogged(given)) this.#wait(given)
    }
  }

  async letWait(db: Db, given: GroupMessage): Promise<void> {
    const { limits, whenFull, counterOf } = this.#deps
    const lost = await letWait(db, given, {
      maxMessages: limits.maxStoredMessages,
      maxBytes: limits.maxStoredBytes,
      dropsOldest: whenFull === 'drop-oldest',
    })
    if (lost > 0) counterOf(given.accountId, given.name)('queue-full', given.message.topic, lost)
  }

  #wait(given: GroupMessage): void {
    this.#deps.writes.write(nameOfChange(given), (db) => this.letWait(db, given))
    this.#sayThatItWaits(given)
  }

  /** Once it can be found, to all nodes, this one among them. */
  #sayThatItWaits({ accountId, name }: GroupName): void {
    if (this.#toTell.push({ accountId, name }) > 1) return
    const { writes, nodes } = this.#deps
    const say = () => {
      const groups = new Map(this.#toTell.map((group) => [`${group.accountId}/${group.name}`, group]))
      const waiting = [...groups.values()]
      this.#toTell = []
      this.#look(waiting)
      void nodes.tellGroups({ groups: [], isAll: false, waiting })
    }
    writes.flushed().then(say, say) // what could not be written is looked for in a second
  }

  #look(groups: readonly GroupName[]): void {
    for (const group of groups) this.#find(group)?.look()
  }

  /** Who else is to have a message that is published here and that no session is kept for. */
  #share(message: Message): Shares {
    const groups = this.view.match(message).filter(({ isKept }) => !isKept || message.qos === 0)
    if (groups.length === 0) return []
    const { nodeName } = this.#deps.nodes
    const among = this.#alive()
    const shares: [string, string][] = []
    for (const group of groups) {
      const picked = this.view.pick(group, { among })
      if (picked === nodeName) this.#find(group)?.offer(message)
      else if (picked !== undefined) shares.push([group.name, picked])
    }
    return shares
  }

  #hear(message: Message, shares: Shares): void {
    const { nodeName } = this.#deps.nodes
    for (const [name, picked, ...tried] of shares) {
      if (picked !== nodeName) continue
      const group = { accountId: message.accountId, name }
      const own = this.#find(group)
      if (own) own.offer(message, tried)
      else this.#passOn(message, group, tried)
    }
  }

  #passOn(message: Message, group: GroupName, tried: readonly string[]): boolean {
    const picked = this.#pickOther(message, group, tried)
    if (picked === undefined) return false
    const { nodes } = this.#deps
    nodes.passOn(message, [[group.name, picked, ...tried, nodes.nodeName]])
    return true
  }

  #pickOther(message: Message, { name }: GroupName, tried: readonly string[]): string | undefined {
    const known = this.view.match(message).find((group) => group.name === name)
    const except = [...tried, this.#deps.nodes.nodeName]
    return known && this.view.pick(known, { among: this.#alive(), except })
  }

  #heed({ nodeName, groups, isAll, waiting }: GroupsTold & { nodeName: string }): void {
    this.view.tell(nodeName, groups, isAll)
    this.#look(waiting)
  }

  #tell(group: GroupName, connected: number): Promise<void> {
    const { nodes } = this.#deps
    const groups = [toTold(group, connected)]
    this.view.tell(nodes.nodeName, groups, false)
    return nodes.tellGroups({ groups, isAll: false, waiting: [] })
  }

  #alive(): Set<string> {
    const { nodes } = this.#deps
    return new Set(nodes.members()).add(nodes.nodeName)
  }

  #find({ accountId, name }: GroupName): NodeGroup | undefined {
    return this.#accounts.get(accountId)?.get(name)
  }

  *#all(): Iterable<NodeGroup> {
    for (const groups of this.#accounts.values()) yield* groups.values()
  }
}

const toTold = ({ accountId, name }: GroupName, connected: number) => ({ accountId, name, connected })
