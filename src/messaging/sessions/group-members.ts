/** The members of a shared group, and which of them gets a message. */
import type { Message } from '../../fabric/in-process/index.ts'
import type { Loan } from './outgoing.ts'
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

export class GroupMembers {
  readonly #random: () => number
  /** With the filter as the member wrote it. */
  readonly #members = new Map<Member, string>()

  /** `random`: 0 <= x < 1 */
  constructor(random: () => number) {
    this.#random = random
  }

  get size(): number {
    return this.#members.size
  }

  get connected(): Member[] {
    return this.#all.filter(({ isConnected }) => isConnected)
  }

  get hasPersistent(): boolean {
    return this.#all.some(({ isPersistent }) => isPersistent)
  }

  /** A persistent one is away. */
  get isAwaited(): boolean {
    return this.#all.some(({ isPersistent, isConnected }) => isPersistent && !isConnected)
  }

  get persistentOptions(): SubscriptionOptions[] {
    return [...this.#members].flatMap(([member, filter]) =>
      member.isPersistent ? (member.optionsOf(filter) ?? []) : [],
    )
  }

  has(member: Member): boolean {
    return this.#members.has(member)
  }

  add(member: Member, filter: string): void {
    this.#members.set(member, filter)
  }

  remove(member: Member): void {
    this.#members.delete(member)
  }

  connectedFor(topic: string): Member[] {
    return this.#all.filter((member) => member.isConnected && member.mayReceive(topic))
  }

  pick(members: readonly Member[]): Member | undefined {
    return members[Math.floor(this.#random() * members.length)]
  }

  /** One to which a message leaves at once. */
  pickReady(connected: readonly Member[]): Member | undefined {
    return this.pick(connected.filter(({ canTake }) => canTake))
  }

  /** The same, else the one for which least waits; undefined when all are full. */
  choose(message: Message, connected: readonly Member[]): Member | undefined {
    return this.pickReady(connected) ?? leastBusy(connected.filter((one) => !one.isFull(message)))
  }

  lend(member: Member, message: Message, loan: Loan): Promise<void> | undefined {
    const options = member.optionsOf(this.#members.get(member) ?? '')
    return options && member.takeShared(message, options, loan)
  }

  get #all(): Member[] {
    return [...this.#members.keys()]
  }
}

export const leastBusy = (members: readonly Member[]): Member | undefined =>
  members.toSorted((left, right) => left.queuedMessages - right.queuedMessages)[0]
