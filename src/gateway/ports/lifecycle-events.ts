/**
 * Tells the account about its clients, by messages that rules and clients may subscribe to.
 * Source: AWS IoT Developer Guide, "Lifecycle events".
 */
import { randomUUID } from 'node:crypto'
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { ClientEvents, FailedConnect } from './client-events.ts'
import { disconnectReasonOf } from './disconnect-reasons.ts'
import { principalOf, type Client, type Peer } from './mqtt/client.ts'
import type { Ending } from './mqtt/ending.ts'
import { presenceKey, type Presences } from './presence.ts'
import type { Refusal, RefusalReason } from './refuse.ts'

export interface LifecycleEventsDeps {
  fabric: Pick<Fabric, 'publish' | 'hasSubscribers'>
  /** Counts connections and remembers how they ended. */
  presences: Presences
  now: () => Date
}

type EventName =
  | 'presence/connected'
  | 'presence/disconnected'
  | 'presence/connect_failed'
  | 'subscriptions/subscribed'
  | 'subscriptions/unsubscribed'

/** What they all say. */
interface Subject {
  peer: Peer
  clientId: string
  thingName: string | undefined
  sessionIdentifier: string
}

/** AWS: a client that may not connect, or may not publish its will. Who is not who it says it is fails otherwise. */
const authorizationFailures: ReadonlySet<RefusalReason> = new Set(['connect-denied', 'will-denied'])

/** The listener that publishes them. Nothing is built for topics that nobody subscribes to. */
export class LifecycleEvents implements ClientEvents {
  readonly #deps: LifecycleEventsDeps

  constructor(deps: LifecycleEventsDeps) {
    this.#deps = deps
  }

  connected(client: Client): void {
    const { authorization, peer, thingName } = client
    const exclusiveThing = authorization.isThingExclusive ? thingName : undefined
    const presence = this.#deps.presences.begin(keyOf(client), { at: this.#now(), exclusiveThing })
    client.presence = presence
    this.#publish('presence/connected', client, () => ({
      ...this.#describe('connected', subjectOf(client)),
      ipAddress: peer.sourceIp,
      versionNumber: presence.versionNumber,
    }))
  }

  disconnected(client: Client, { journal }: Ending): void {
    const { presence, thingName } = client
    if (!presence) return
    const { versionNumber } = presence
    const reason = disconnectReasonOf(journal)
    this.#deps.presences.end(keyOf(client), { versionNumber, at: this.#now(), reason, thingName })
    this.#publish('presence/disconnected', client, () => ({
      ...this.#describe('disconnected', subjectOf(client)),
      clientInitiatedDisconnect: reason === 'CLIENT_INITIATED_DISCONNECT',
      disconnectReason: reason,
      versionNumber,
    }))
  }

  connectFailed(attempt: FailedConnect, { reason }: Refusal): void {
    if (!authorizationFailures.has(reason)) return
    const { peer, clientId, isThingExclusive } = attempt
    const thingName = isThingExclusive ? attempt.thingName : undefined
    this.#publish('presence/connect_failed', attempt, () => ({
      ...this.#describe('connect_failed', { peer, clientId, thingName, sessionIdentifier: randomUUID() }),
      connectFailureReason: 'AUTHORIZATION_FAILED',
      ipAddress: peer.sourceIp,
    }))
  }

  subscribed(client: Client, filters: readonly string[]): void {
    this.#tellFilters('subscribed', client, filters)
  }

  unsubscribed(client: Client, filters: readonly string[]): void {
    this.#tellFilters('unsubscribed', client, filters)
  }

  #tellFilters(eventType: 'subscribed' | 'unsubscribed', client: Client, topics: readonly string[]): void {
    this.#publish(`subscriptions/${eventType}`, client, () => ({
      ...this.#describe(eventType, subjectOf(client)),
      topics,
    }))
  }

  #publish(name: EventName, who: { peer: Peer; clientId: string }, build: () => object): void {
    const { peer, clientId } = who
    if (/[#+]/.test(clientId)) return // AWS: such clients have no lifecycle events
    const { accountId, sourceIp } = peer
    const { fabric } = this.#deps
    const topic = `$aws/events/${name}/${clientId}`
    if (!fabric.hasSubscribers(accountId, topic)) return
    const principal = principalOf(peer)
    const publisher = { clientId, sourceIp, ...(principal !== undefined && { principal }) }
    const payload = Buffer.from(JSON.stringify(build()))
    // the fabric reports what could not be made durable
    void fabric.publish({ accountId, topic, payload, qos: 1, retain: false, publisher })?.catch(() => {})
  }

  #describe(eventType: string, { peer, clientId, thingName, sessionIdentifier }: Subject) {
    return {
      clientId,
      ...(thingName !== undefined && { thingName }),
      timestamp: this.#now(),
      eventType,
      sessionIdentifier,
      principalIdentifier: principalOf(peer),
    }
  }

  #now(): number {
    return this.#deps.now().getTime()
  }
}

const keyOf = ({ peer, clientId }: Client): string => presenceKey(peer.accountId, clientId)

function subjectOf({ peer, clientId, presence }: Client): Subject {
  const { exclusiveThing, sessionIdentifier = '' } = presence ?? {}
  return { peer, clientId, thingName: exclusiveThing, sessionIdentifier }
}
