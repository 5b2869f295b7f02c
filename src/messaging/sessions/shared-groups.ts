/** Shared subscriptions at work. Sources: MQTT 5.0 4.8.2; AWS IoT Developer Guide, "Shared Subscriptions". */
import type { Fabric, Message } from '../../fabric/index.ts'
import type { SharedFilter } from '../../lib/topic-filter.ts'
import { GroupQueue } from './group-queue.ts'
import { expiryOf, type QueueKey } from './kept-message.ts'
import type { KeptQueueDeps } from './kept-queue-deps.ts'
import { effectiveQos, type Loan } from './outgoing.ts'
import type { SessionLimits } from './session-limits.ts'
import type { QueueSummary } from './message-store.ts'
import type { SubscriptionOptions } from './subscription.ts'

/** A session, as a group sees its member. */
export interface Member {
  readonly isPersistent: boolean
  readonly isConnected: boolean
  readonly canTake: boolean
  readonly queuedMessages: number
  /** It can keep no such message without losing another. */
  isFull: (message: Message) => boolean
  mayReceive: (topic: string) => boolean
  optionsOf: (filter: string) => SubscriptionOptions | undefined
  takeShared: (message: Message, options: SubscriptionOptions, loan: Loan) => Promise<void> | undefined
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
  /** With the filter as the member wrote it. */
  readonly #members = new Map<Member, string>()
  readonly #source: Disposable
  #queue: GroupQueue | undefined

  constructor(accountId: string, { shareName, filter }: SharedFilter, deps: SharedGroupsDeps) {
    this.accountId = accountId
    this.name = `${shareName}/${filter}`
    this.#deps = deps
    this.#source = deps.fabric.subscribe(accountId, filter, (message) => this.#receive(message))
  }

  get size(): number {
    return this.#members.size
  }

  has(member: Member): boolean {
    return this.#members.has(member)
  }

  add(member: Member, filter: string): void {
    this.#members.set(member, filter)
    this.drain()
  }

  /** What waits is kept for persistent members alone. */
  remove(member: Member): void {
    this.#members.delete(member)
    if (this.#hasPersistentMember()) return
    this.#queue?.remove()
    this.#queue = undefined
  }

  /** Messages that no member has been given. */
  get waiting(): number {
    return this.#queue?.waiting ?? 0
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
    const connected = [...this.#members.keys()].filter(({ isConnected }) => isConnected)
    this.#drainUpTo(rate * connected.length)
  }

  #drainUpTo(most: number): void {
    const give = (kept: { message: Message }, loan: Loan) => {
      const connected = this.#connectedFor(kept.message.topic)
      if (connected.length === 0) {
        if (this.#awaitsMember()) return false
        loan.settle() // all are here, and none may have it
        return true
      }
      const member = this.#pick(connected.filter(({ canTake }) => canTake))
      if (!member) return false
      this.#lend(member, kept.message, loan)?.catch(() => {}) // the writes were told
      return true
    }
    this.#queue?.drain(give, most)
  }

  #receive(message: Message): Promise<void> | undefined {
    const connected = this.#connectedFor(message.topic)
    const ready = this.#pick(connected.filter(({ canTake }) => canTake))
    const member = ready ?? leastBusy(connected.filter((one) => !one.isFull(message)))
    if (member) return this.#lend(member, message, this.#loanOf(message))
    if (this.#awaitsMember()) return this.#wait(message)
    const full = leastBusy(connected)
    return full && this.#lend(full, message, this.#loanOf(message))
  }

  /** A member that leaves with the message unacknowledged leaves it to another one. */
  #loanOf(message: Message): Loan {
    const expiresAt = expiryOf(message, this.#deps.now().getTime())
    const giveBack = () => void this.#receive(message)?.catch(() => {}) // the writes were told
    return { expiresAt, isStored: false, settle: () => {}, giveBack }
  }

  #lend(member: Member, message: Message, loan: Loan): Promise<void> | undefined {
    const options = member.optionsOf(this.#members.get(member) ?? '')
    return options && member.takeShared(message, options, loan)
  }

  #connectedFor(topic: string): Member[] {
    return [...this.#members.keys()].filter((member) => member.isConnected && member.mayReceive(topic))
  }

  #pick(members: readonly Member[]): Member | undefined {
    return members[Math.floor(this.#deps.random() * members.length)]
  }

  /** Only QoS 1 and 2 wait, only for a persistent member that is away, and only while no other may have it. */
  #wait(message: Message): Promise<void> | undefined {
    const qos = message.qos
    if (qos === 0 || !this.#awaitsMember()) return undefined
    const wanted = Math.max(
      0,
      ...[...this.#persistentOptions()].map((options) => effectiveQos(message, options)),
    )
    if (wanted === 0) return undefined
    this.#queue ??= new GroupQueue(
      this.#deps.createQueueKey(this.accountId, this.name),
      this.#deps.queueDeps(this.accountId, this.name),
    )
    return this.#queue.keep(message, qos)
  }

  #awaitsMember(): boolean {
    return [...this.#members.keys()].some(({ isPersistent, isConnected }) => isPersistent && !isConnected)
  }

  #hasPersistentMember(): boolean {
    return [...this.#members.keys()].some(({ isPersistent }) => isPersistent)
  }

  *#persistentOptions(): Iterable<SubscriptionOptions> {
    for (const [member, filter] of this.#members) {
      const options = member.isPersistent ? member.optionsOf(filter) : undefined
      if (options) yield options
    }
  }
}

const leastBusy = (members: readonly Member[]): Member | undefined =>
  members.toSorted((left, right) => left.queuedMessages - right.queuedMessages)[0]

/** All groups of all accounts. */
export class SharedGroups {
  readonly #deps: SharedGroupsDeps
  readonly #accounts = new Map<string, Map<string, SharedGroup>>()

  constructor(deps: SharedGroupsDeps) {
    this.#deps = deps
  }

  /** Why the member may not join, if it may not. */
  describeExcess(accountId: string, member: Member, { shareName, filter }: SharedFilter): string | undefined {
    const { maxSharedGroups, maxGroupMembers } = this.#deps.limits
    const groups = this.#accounts.get(accountId)
    const known = groups?.get(`${shareName}/${filter}`)
    if (known?.has(member)) return undefined
    if (known && known.size >= maxGroupMembers)
      return `the group has ${known.size} members, the limit is ${maxGroupMembers}`
    if (known || (groups?.size ?? 0) < maxSharedGroups) return undefined
    return `the account has ${maxSharedGroups} shared subscription groups, which is the limit`
  }

  join(
    accountId: string,
    member: Member,
    shared: SharedFilter & { text: string },
  ): Disposable & { group: SharedGroup } {
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
