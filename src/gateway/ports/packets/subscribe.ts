/** SUBSCRIBE. Sources: MQTT 3.1.1 and 5.0 3.8; AWS IoT Developer Guide, "MQTT". */
import { isShared } from '../../../lib/topic-filter.ts'
import { encodeSuback } from '../codec/encode.ts'
import type { RequestedSubscription, SubscribePacket } from '../codec/packets.ts'
import { denialDetails } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Client } from '../mqtt/client.ts'
import type { MqttProfile } from '../profile.ts'
import { refusal, type Refusal } from '../refuse.ts'
import type { SubscriptionOptions } from '../../../messaging/sessions/index.ts'
import type { Handler, HandlerDeps } from './handler.ts'
import { onceDurable } from './once-durable.ts'
import { sendRetained, wantsRetained } from './retained.ts'
import { checkFilter } from './topics.ts'

interface Request {
  packet: SubscribePacket
  wanted: RequestedSubscription
  /** Subscriptions the client has, and those granted by earlier filters of this packet. */
  held: number
  limits: GatewayLimits
  profile: MqttProfile
}

type Step = (client: Client, request: Request) => Refusal | undefined

/** Asked for each filter. */
const steps: readonly Step[] = [
  function checkIdentifier(_client, { packet: { subscriptionIdentifier }, profile }) {
    if (subscriptionIdentifier === undefined || profile.offersSubscriptionIdentifiers) return undefined
    return refusal('subscription-identifier-unsupported', {
      error: 'subscription identifiers are not offered',
    })
  },
  function checkQos(_client, { wanted: { topic, qos }, profile }) {
    return qos > profile.maximumQos
      ? refusal('qos-unsupported', { filter: topic, error: 'QoS 2 is not offered' })
      : undefined
  },
  function checkFilterCount(_client, { packet: { subscriptions }, limits: { maxFiltersPerSubscribe } }) {
    if (subscriptions.length <= maxFiltersPerSubscribe) return undefined
    const error = `${subscriptions.length} filters in one SUBSCRIBE, the limit is ${maxFiltersPerSubscribe}`
    return refusal('too-many-filters', { error }) // assumed: AWS refuses all of them
  },
  function checkTopicFilter(_client, { wanted, limits, profile }) {
    return checkFilter(wanted.topic, limits, profile)
  },
  function checkSubscriptionCount({ session }, { wanted, held, limits: { maxSubscriptions } }) {
    if (held < maxSubscriptions || session.hasSubscription(wanted.topic)) return undefined
    const error = `the connection has ${held} subscriptions, the limit is ${maxSubscriptions}`
    return refusal('too-many-subscriptions', { filter: wanted.topic, error })
  },
  function checkShared({ session }, { wanted: { topic, nl } }) {
    if (!isShared(topic)) return undefined
    if (nl) return refusal('protocol-error', { filter: topic, error: 'no local and shared' }) // [MQTT-3.8.3-4]
    const error = session.describeSharedExcess(topic)
    return error === undefined ? undefined : refusal('too-many-subscriptions', { filter: topic, error })
  },
  function authorizeSubscribe({ rights }, { wanted: { topic } }) {
    if (rights.decide('iot:Subscribe', topic).effect === 'allow') return undefined
    return refusal('subscribe-denied', denialDetails(rights, 'iot:Subscribe', topic))
  },
]

/** Nothing is subscribed to before every filter has been judged, because one of them may end the connection. */
export const handleSubscribe: Handler<SubscribePacket> = (client, packet, deps) => {
  const granted = new Set<RequestedSubscription>()
  const codes: number[] = []
  let firstRefused: Refusal | undefined
  for (const wanted of packet.subscriptions) {
    const held = client.session.subscriptionCount + granted.size
    const refused = findRefusal(client, { packet, wanted, held, limits: deps.limits, profile: deps.profile })
    const code = refused ? client.refuse(refused, 'acknowledged') : wanted.qos
    if (code === undefined) return
    codes.push(code)
    firstRefused ??= refused
    if (!refused) granted.add(wanted)
  }
  const wantRetained = [...granted]
    .filter((wanted) => wantsRetained(client, wanted, deps.profile))
    .map((wanted) => toOptions(wanted, packet))
  const writes = [...granted].flatMap((wanted) => client.session.subscribe(toOptions(wanted, packet)) ?? [])
  const answer = () => {
    client.send(
      client.explained(firstRefused, (properties) =>
        encodeSuback(client.version, packet.packetId, codes, properties),
      ),
    )
    const filters = [...granted].map(({ topic }) => topic)
    if (filters.length > 0) tellSubscribed(client, filters, deps)
    if (wantRetained.length > 0) sendRetained(client, wantRetained, deps)
  }
  if (writes.length === 0) answer()
  else void onceDurable(client, { durable: Promise.all(writes), onBug: deps.onBug }, answer)
}

function tellSubscribed(client: Client, filters: readonly string[], { events }: Pick<HandlerDeps, 'events'>) {
  client.traffic.subscribes += 1
  events.subscribed(client, filters)
}

function toOptions(
  { topic, qos, nl, rap }: RequestedSubscription,
  { subscriptionIdentifier }: SubscribePacket,
): SubscriptionOptions {
  const options = { filter: topic, qos, noLocal: nl, retainAsPublished: rap }
  return subscriptionIdentifier === undefined ? options : { ...options, identifier: subscriptionIdentifier }
}

function findRefusal(client: Client, request: Request): Refusal | undefined {
  for (const step of steps) {
    const refused = step(client, request)
    if (refused) return refused
  }
  return undefined
}
