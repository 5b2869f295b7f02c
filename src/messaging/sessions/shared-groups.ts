/** Shared subscriptions at work. Sources: MQTT 5.0 4.8.2; AWS IoT Developer Guide, "Shared Subscriptions". */
import type { Fabric, Message } from '../../fabric/in-process/index.ts'
import type { SharedFilter } from '../../lib/topic-filter.ts'
import { GroupMembers, leastBusy, type Member } from './group-members.ts'
import { GroupQueue } from './group-queue.ts'
import { expiryOf, type QueueKey } from './kept-message.ts'
import type { KeptQueueDeps } from './kept-queue-deps.ts'
import { effectiveQos, type Loan } from './outgoing.ts'
import type { SessionLimits } from './session-limits.ts'
import type { QueueSummary } from './message-store.ts'

/** What a session needs of the groups that it is a member of. */
export interface Groups {
  /** Why the member may not join, if it may not. */
  describeExcess: (accountId: string, member: Member, shared: SharedFilter) => string | undefined
  join: (accountId: string, member: Member, shared: SharedFilter & { text: string }) => Membership
  /** Called once a second. */
  drainAtRate: () => void
}

export interface Membership extends Disposable {
  group: {
    /** Gives what waits to the members that are there. */
    drain: () => void
    /** Resolves when every publisher's node knows of the group; absent where one server has the database. */
    known?: () => Promise<void> | undefined
  }
}

export interface SharedGroupsDeps {
  fabric: Pick<Fabric, 'subscribe'>
  limits: Pick<SessionLimits, 'maxSharedGroups' | 'maxGroupMembers' | 'sharedDrainPerSecond'>
  now: () => Date
  /** 0 <= x < 1 */
  random: () => number
  queueDeps: (accountId: string, name: string) => KeptQueueDeps
  /** Makes the rows under which a new queue is found again. */
  createQueueKey: (accountId: string, name: string) => QueueKey
}

/** Same group and same filter: each message goes to one of the members. */
export class SharedGroup {
  readonly accountId: string
  /** `<group>/<filter>` */
  readonly name: string
  readonly #deps: SharedGroupsDeps
  readonly #members: GroupMembers
  readonly #source: Disposable
  #queue: GroupQueue | undefined

  constructor(accountId: string, { shareName, filter }: SharedFilter, deps: SharedGroupsDeps) {
    this.accountId = accountId
    this.name = `${shareName}/${filter}`
    this.#deps = deps
    this.#members = new GroupMembers(deps.random)
    this.#source = deps.fabric.subscribe(accountId, filter, (message) => this.#receive(message))
  }

  get size(): number {
    return this.#members.size
  }

  has(member: Member): boolean {
    return this.#members.has(member)
  }

  add(member: Member, filter: string): void {
    this.#members.add(member, filter)
    this.drain()
  }

  /** What waits is kept for persistent members alone. */
  remove(member: Member): void {
    this.#members.remove(member)
    if (this.#members.hasPersistent) return
    this.#queue?.remove()
    this.#queue = undefined
  }

  /** Messages that no member has been given. */
  get waiting(): number {
    return this.#queue?.waiting ?? 0
  }

  /** As what is told of a session. */
  get queuedMessages(): number {
    return this.waiting
  }

  get isConnected(): boolean {
    return this.#members.connected.length > 0
  }

  get isPersistent(): boolean {
    return this.#members.hasPersistent
  }

  dispose(): void {
    this.#source[Symbol.dispose]()
  }

  adoptQueue(left: QueueSummary): void {
    this.#queue = new GroupQueue(left, this.#deps.queueDeps(this.accountId, this.name), left)
  }

  /** Gives what waits to the members that are there. */
  drain(): void {
    if (!this.#queue || this.waiting === 0 || this.#deps.limits.sharedDrainPerSecond > 0) return
    this.#drainUpTo(Number.POSITIVE_INFINITY)
  }

  /** Called once a second. */
  drainAtRate(): void {
    const { sharedDrainPerSecond: rate } = this.#deps.limits
    if (rate === 0) return this.drain()
    this.#drainUpTo(rate * this.#members.connected.length)
  }

  #drainUpTo(most: number): void {
    const give = (kept: { message: Message }, loan: Loan) => {
      const connected = this.#members.connectedFor(kept.message.topic)
      if (connected.length === 0) {
        if (this.#members.isAwaited) return false
        loan.settle() // all are here, and none may have it
        return true
      }
      const member = this.#members.pick(connected.filter(({ canTake }) => canTake))
      if (!member) return false
      this.#members.lend(member, kept.message, loan)?.catch(() => {}) // the writes were told
      return true
    }
    this.#queue?.drain(give, most)
  }

  #receive(message: Message): Promise<void> | undefined {
    const connected = this.#members.connectedFor(message.topic)
    const member = this.#members.choose(message, connected)
    if (member) return this.#members.lend(member, message, this.#loanOf(message))
    if (this.#members.isAwaited) return this.#wait(message)
    const full = leastBusy(connected)
    return full && this.#members.lend(full, message, this.#loanOf(message))
  }

  /** A member that leaves with the message unacknowledged leaves it to another one. */
  #loanOf(message: Message): Loan {
    const expiresAt = expiryOf(message, this.#deps.now().getTime())
    const giveBack = () => void this.#receive(message)?.catch(() => {}) // the writes were told
    return { expiresAt, isStored: false, settle: () => {}, giveBack }
  }

  /** Only QoS 1 and 2 wait, only for a persistent member that is away, and only while no other may have it. */
  #wait(message: Message): Promise<void> | undefined {
    const qos = message.qos
    if (qos === 0 || !this.#members.isAwaited) return undefined
    const wanted = Math.max(
      0,
      ...this.#members.persistentOptions.map((options) => effectiveQos(message, options)),
    )
    if (wanted === 0) return undefined
    this.#queue ??= new GroupQueue(
      this.#deps.createQueueKey(this.accountId, this.name),
      this.#deps.queueDeps(this.accountId, this.name),
    )
    return this.#queue.keep(message, qos)
  }
}

/** `groups`: how many the account has; `known`: who is in the one that is to be joined. */
export function describeGroupExcess(
  { maxSharedGroups, maxGroupMembers }: Pick<SessionLimits, 'maxSharedGroups' | 'maxGroupMembers'>,
  {
    groups,
    known,
    member,
  }: { groups: number; known: Pick<GroupMembers, 'size' | 'has'> | undefined; member: Member },
): string | undefined {
  if (known?.has(member)) return undefined
  if (known && known.size >= maxGroupMembers)
    return `the group has ${known.size} members, the limit is ${maxGroupMembers}`
  if (known || groups < maxSharedGroups) return undefined
  return `the account has ${maxSharedGroups} shared subscription groups, which is the limit`
}

/** All groups of all accounts. */
export class SharedGroups implements Groups {
  readonly #deps: SharedGroupsDeps
  readonly #accounts = new Map<string, Map<string, SharedGroup>>()

  constructor(deps: SharedGroupsDeps) {
    this.#deps = deps
  }

  describeExcess(accountId: string, member: Member, { shareName, filter }: SharedFilter): string | undefined {
    const groups = this.#accounts.get(accountId)
    const known = groups?.get(`${shareName}/${filter}`)
    return describeGroupExcess(this.#deps.limits, { groups: groups?.size ?? 0, known, member })
  }

  join(accountId: string, member: Member, shared: SharedFilter & { text: string }): Membership {
    let groups = this.#accounts.get(accountId)
    if (!groups) this.#accounts.set(accountId, (groups = new Map()))
    const name = `${shared.shareName}/${shared.filter}`
    const group = groups.get(name) ?? new SharedGroup(accountId, shared, this.#deps)
    groups.set(name, group)
    group.add(member, shared.text)
    const leave = () => {
      group.remove(member)
      if (group.size > 0) return
      group.dispose()
      groups.delete(name)
    }
    return { group, [Symbol.dispose]: leave }
  }

  find(accountId: string, name: string): SharedGroup | undefined {
    return this.#accounts.get(accountId)?.get(name)
  }

  /** Messages that wait for members. */
  get waiting(): number {
    return this.#accounts
      .values()
      .reduce((sum, groups) => groups.values().reduce((of, group) => of + group.waiting, sum), 0)
  }

  drainAtRate(): void {
    for (const groups of this.#accounts.values()) for (const group of groups.values()) group.drainAtRate()
  }
}
