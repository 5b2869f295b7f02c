import type { Fabric, Message } from '../../fabric/in-process/index.ts'
import { whenAll } from '../../lib/maybe-promise.ts'
import { matchesTopicFilter, parseSharedFilter } from '../../lib/topic-filter.ts'
import { receiptSteps, type DeliveryAnswer, type ReceiptState } from './delivery-states.ts'
import { DirectMessages, type DirectSending } from './direct.ts'
import type { QueueKey } from './kept-message.ts'
import type { Link } from './link.ts'
import type { DeliveryExtras, Loan, Outgoing } from './outgoing.ts'
import type { SessionWrites } from './session-writes.ts'
import type { Member } from './group-members.ts'
import type { Groups, Membership } from './shared-groups.ts'
import type { SubscriptionOptions } from './subscription.ts'

interface Subscription extends SubscriptionOptions {
  source: Disposable & Partial<Membership>
}

export interface SessionDeps {
  fabric: Pick<Fabric, 'subscribe'>
  groups: Groups
  writes: SessionWrites
  /** Undefined when all nodes know to what sessions here have subscribed; resolves when they do. */
  told: () => Promise<void> | undefined
  doesHashMatchParent: boolean
  /** Calls `settle` once the message that is being delivered has reached everybody. */
  settleLater: (session: Session) => void
}

/** The way back to a client that asks something: to the connection it asked on, and nobody else. */
export interface Reply {
  /** Whether the connection is still there, has subscribed to the topic, and may receive from it. */
  hears: (topic: string) => boolean
  /** At QoS 0, so that nothing of it is ever stored. Nothing happens where `hears` says no. */
  send: (topic: string, payload: Uint8Array) => void
}

export interface SessionIdentity {
  accountId: string
  clientId: string
  /** 4 is MQTT 3.1.1. */
  version: 4 | 5
  /** Set for a persistent session: where its rows are. */
  key?: QueueKey | undefined
}

/** A will that is to be published when its client is gone. */
export interface Will {
  message: Message
  delaySeconds: number
}

const noPayload = new Uint8Array()

/** What the server remembers of one client id: its subscriptions and the messages that are on their way to it. */
export class Session implements Member {
  readonly accountId: string
  readonly clientId: string
  readonly version: 4 | 5
  readonly key: QueueKey | undefined
  /** After its client has gone; 0: the session ends with its connection. */
  expirySeconds = 0
  /** Epoch milliseconds; while the client is away. */
  expiresAt: number | undefined
  /** Another node has it. */
  isLost = false
  /** The client's while it is connected; afterwards the one that is due at `willDueAt`. */
  will: Will | undefined
  willDueAt: number | undefined
  readonly #deps: SessionDeps
  readonly #outgoing: Outgoing
  #direct: DirectMessages | undefined
  readonly #subscriptions = new Map<string, Subscription>()
  #received: Set<number> | undefined
  #link: Link | undefined
  #lastDelivered: Message | undefined
  #sharedCount = 0
  #identifierCount = 0

  constructor({ accountId, clientId, version, key }: SessionIdentity, outgoing: Outgoing, deps: SessionDeps) {
    this.accountId = accountId
    this.clientId = clientId
    this.version = version
    this.key = key
    this.#outgoing = outgoing
    this.#deps = deps
  }

  /** True when it outlives its connection and the server. */
  get isPersistent(): boolean {
    return this.key !== undefined
  }

  get isConnected(): boolean {
    return this.#link !== undefined
  }

  get canTake(): boolean {
    return this.#outgoing.canTake
  }

  isFull(message: Message): boolean {
    return this.#outgoing.isFull(message)
  }

  get queuedMessages(): number {
    return this.#outgoing.queuedMessages
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size
  }

  /** True for an incoming QoS 2 packet that its client has not released. */
  hasReceived(packetId: number): boolean {
    return this.#received?.has(packetId) ?? false
  }

  /** As the client wrote them. */
  get filters(): string[] {
    return [...this.#subscriptions.keys()]
  }

  get summaries(): { filter: string; qos: 0 | 1 | 2 }[] {
    return [...this.#subscriptions.values()].map(({ filter, qos }) => ({ filter, qos }))
  }

  optionsOf(filter: string): SubscriptionOptions | undefined {
    return this.#subscriptions.get(filter)
  }

  hasSubscription(filter: string): boolean {
    return this.#subscriptions.has(filter)
  }

  /** Why a shared subscription may not be made, if it may not. */
  describeSharedExcess(filter: string): string | undefined {
    const shared = parseSharedFilter(filter)
    return shared && this.#deps.groups.describeExcess(this.accountId, this, shared)
  }

  /** Replaces what was asked for with the same filter before. [MQTT-3.8.4-3] A promise when it has to be durable first. */
  subscribe(options: SubscriptionOptions): Promise<void> | undefined {
    this.restore(options)
    const known = this.#subscriptions.get(options.filter)?.source.group?.known?.()
    const durable = this.key && this.#deps.writes.saveSubscription(this.key, options)
    return whenAll([known, durable, this.#deps.told()])
  }

  /** As `subscribe`, for what is stored already. */
  restore(options: SubscriptionOptions): void {
    const { filter } = options
    const known = this.#subscriptions.get(filter)
    const source = known?.source ?? this.#listen(filter)
    this.#subscriptions.set(filter, { ...options, source })
    this.#identifierCount +=
      Number(options.identifier !== undefined) - Number(known?.identifier !== undefined)
    source.group?.drain()
  }

  /** False when there was no such subscription; `durable` when it has to be so before the client is told. */
  unsubscribe(filter: string): { existed: boolean; durable?: Promise<void> | undefined } {
    const known = this.#subscriptions.get(filter)
    if (!known) return { existed: false }
    this.#subscriptions.delete(filter)
    this.#leave(known)
    return { existed: true, durable: this.key && this.#deps.writes.deleteSubscription(this.key, filter) }
  }

  /** From here on messages go to the client; what it had not acknowledged goes first. [MQTT-4.4.0-1] */
  attach(link: Link): void {
    this.#link = link
    if (this.isLost) return link.replace()
    this.#outgoing.attach(link)
    this.resume()
    this.#drainGroups()
  }

  detach(): void {
    this.#link = undefined
    this.#outgoing.detach()
    this.#direct?.end()
    this.settle()
  }

  /** Takes no more messages. */
  end(): void {
    if (this.#subscriptions.size === 0) return
    const subscriptions = [...this.#subscriptions.values()]
    this.#subscriptions.clear()
    this.#identifierCount = 0
    for (const subscription of subscriptions) this.#leave(subscription)
  }

  /** Another node has it from now on. */
  lose(): void {
    this.isLost = true
    this.end()
    this.replace()
  }

  /** Its client, if it is connected here, is connected to another node by now. */
  replace(): void {
    this.#link?.replace()
  }

  /** Past its subscriptions, e.g. a retained message. */
  deliver(message: Message, options: SubscriptionOptions): void {
    const { identifier } = options
    const extras = identifier === undefined ? undefined : { identifiers: [identifier] }
    this.#outgoing.deliver(message, options, extras)?.catch(() => {}) // nobody waits for it; the writes were told
  }

  /** To its client, if it is connected, whatever it has subscribed to. */
  sendDirect(message: Message, isConfirmed: boolean): DirectSending {
    const link = this.#link
    if (!link) return { refused: 'not-connected' }
    return (this.#direct ??= new DirectMessages(this.#outgoing)).send(link, message, isConfirmed)
  }

  /** Undefined while no client is connected. */
  reply(): Reply | undefined {
    const link = this.#link
    if (!link) return undefined
    const find = (topic: string) => {
      if (this.#link !== link) return undefined // another connection has taken the client id over
      const message = { accountId: this.accountId, topic, payload: noPayload, qos: 0, retain: false } as const
      const options = [...this.#subscriptions.values()].find((one) => this.#matches(message, one))
      return options && link.mayReceive(topic) ? { message, options } : undefined
    }
    return {
      hears: (topic) => find(topic) !== undefined,
      send: (topic, payload) => {
        const found = find(topic)
        if (found) this.deliver({ ...found.message, payload }, found.options)
      },
    }
  }

  takeShared(message: Message, options: SubscriptionOptions, loan: Loan): Promise<void> | undefined {
    const { identifier } = options
    const identifiers = identifier === undefined ? undefined : [identifier]
    return this.#outgoing.deliver(message, options, { identifiers, loan })
  }

  mayReceive(topic: string): boolean {
    return this.#link?.mayReceive(topic) ?? true
  }

  /** PUBACK, PUBREC or PUBCOMP came. */
  answer(answer: DeliveryAnswer, packetId: number): void {
    if (answer === 'puback' && this.#direct?.answer(packetId)) return
    this.#outgoing.answer(answer, packetId)
    if (this.#sharedCount > 0) this.#drainGroups()
  }

  resume(): void {
    this.#outgoing.resume()
  }

  /**
   * QoS 2 from the client: what to answer, and what to wait for before. Publish what is new in the same turn,
   * so that message and packet id become durable together.
   */
  receive(event: 'publish' | 'pubrel', packetId: number) {
    const state: ReceiptState = this.hasReceived(packetId) ? 'received' : 'unknown'
    const step = receiptSteps[state][event]
    if (step.next === state) return { ...step, durable: undefined }
    this.restoreReceipt(packetId, step.next === 'received')
    return {
      ...step,
      durable: this.key && this.#deps.writes.setReceipt(this.key, packetId, step.next === 'received'),
    }
  }

  restoreReceipt(packetId: number, isHeld = true): void {
    if (isHeld) (this.#received ??= new Set()).add(packetId)
    else this.#received?.delete(packetId)
  }

  /** Lets go of the message that was seen last; call it when no delivery is under way. */
  settle(): void {
    this.#lastDelivered = undefined
  }

  #listen(filter: string): Subscription['source'] {
    const shared = parseSharedFilter(filter)
    if (shared) {
      this.#sharedCount++
      return this.#deps.groups.join(this.accountId, this, { ...shared, text: filter })
    }
    return this.#deps.fabric.subscribe(this.accountId, filter, (message) => {
      const current = this.#subscriptions.get(filter)
      return current && this.#receive(message, current)
    })
  }

  #leave({ source, identifier }: Subscription): void {
    if (source.group) this.#sharedCount--
    if (identifier !== undefined && this.#identifierCount > 0) this.#identifierCount--
    source[Symbol.dispose]()
  }

  #drainGroups(): void {
    if (this.#sharedCount === 0) return
    for (const { source } of this.#subscriptions.values()) source.group?.drain()
  }

  /** Filters that overlap get a message once, at the highest QoS among them. [MQTT-3.3.5-1] */
  #receive(message: Message, subscription: Subscription): Promise<void> | undefined {
    if (this.#isOwn(message, subscription)) return undefined
    if (this.#subscriptions.size === 1) {
      const { identifier } = subscription
      if (identifier === undefined) return this.#outgoing.deliver(message, subscription)
      return this.#outgoing.deliver(message, subscription, { identifiers: [identifier] })
    }
    if (message === this.#lastDelivered) return undefined
    if (!this.#link && this.#lastDelivered === undefined) this.#deps.settleLater(this)
    this.#lastDelivered = message
    return this.#outgoing.deliver(message, this.#strongest(message, subscription), this.#extras(message))
  }

  #isOwn({ publisher }: Message, { noLocal }: SubscriptionOptions): boolean {
    return noLocal && publisher?.clientId === this.clientId
  }

  #strongest(message: Message, subscription: Subscription): Subscription {
    if (subscription.qos >= message.qos) return subscription
    let strongest = subscription
    for (const other of this.#subscriptions.values())
      if (other.qos > strongest.qos && this.#matches(message, other)) strongest = other
    return strongest
  }

  /** The identifiers of all subscriptions that match. [MQTT-3.3.4-4] */
  #extras(message: Message): DeliveryExtras | undefined {
    if (this.#identifierCount === 0) return undefined
    const identifiers = [...this.#subscriptions.values()].flatMap((other) =>
      other.identifier !== undefined && this.#matches(message, other) ? [other.identifier] : [],
    )
    return identifiers.length > 0 ? { identifiers } : undefined
  }

  #matches(message: Message, other: Subscription): boolean {
    if (other.source.group || this.#isOwn(message, other)) return false
    return matchesTopicFilter(other.filter, message.topic, this.#deps)
  }
}
