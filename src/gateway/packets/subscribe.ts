/** SUBSCRIBE. Sources: MQTT 3.1.1 and 5.0 3.8; AWS IoT Developer Guide, "MQTT". */
import { encodeSuback } from '../codec/encode.ts'
import type { RequestedSubscription, SubscribePacket } from '../codec/packets.ts'
import { denialDetails } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Client } from '../mqtt/client.ts'
import type { SubscriptionOptions } from '../mqtt/session.ts'
import { refusal, type Refusal } from '../refuse.ts'
import type { Handler } from './handler.ts'
import { sendRetained, wantsRetained } from './retained.ts'
import { checkFilter } from './topics.ts'

interface Request {
  packet: SubscribePacket
  wanted: RequestedSubscription
  /** Subscriptions the client has, and those granted by earlier filters of this packet. */
  held: number
  limits: GatewayLimits
}

type Step = (client: Client, request: Request) => Refusal | undefined

/** Asked for each filter. */
const steps: readonly Step[] = [
  function checkIdentifier(_client, { packet: { subscriptionIdentifier } }) {
    if (subscriptionIdentifier === undefined) return undefined
    return refusal('subscription-identifier-unsupported', {
      error: 'subscription identifiers are not offered',
    })
  },
  function checkQos(_client, { wanted: { topic, qos } }) {
    return qos === 2
      ? refusal('qos-unsupported', { filter: topic, error: 'QoS 2 is not offered' })
      : undefined
  },
  function checkFilterCount(_client, { packet: { subscriptions }, limits: { maxFiltersPerSubscribe } }) {
    if (subscriptions.length <= maxFiltersPerSubscribe) return undefined
    const error = `${subscriptions.length} filters in one SUBSCRIBE, the limit is ${maxFiltersPerSubscribe}`
    return refusal('too-many-filters', { error }) // assumed: AWS refuses all of them
  },
  function checkTopicFilter(_client, { wanted, limits }) {
    return checkFilter(wanted.topic, limits)
  },
  function checkSubscriptionCount({ session }, { wanted, held, limits: { maxSubscriptions } }) {
    if (held < maxSubscriptions || session.hasSubscription(wanted.topic)) return undefined
    const error = `the connection has ${held} subscriptions, the limit is ${maxSubscriptions}`
    return refusal('too-many-subscriptions', { filter: wanted.topic, error })
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
  for (const wanted of packet.subscriptions) {
    const held = client.session.subscriptionCount + granted.size
    const refused = findRefusal(client, { packet, wanted, held, limits: deps.limits })
    const code = refused ? client.refuse(refused, 'acknowledged') : wanted.qos
    if (code === undefined) return
    codes.push(code)
    if (!refused) granted.add(wanted)
  }
  const wantRetained = [...granted].filter((wanted) => wantsRetained(client, wanted)).map(toOptions)
  for (const wanted of granted) client.session.subscribe(toOptions(wanted))
  client.send(encodeSuback(client.version, packet.packetId, codes))
  if (wantRetained.length > 0) sendRetained(client, wantRetained, deps)
}

function toOptions({ topic, qos, nl, rap }: RequestedSubscription): SubscriptionOptions {
  return { filter: topic, qos: qos === 0 ? 0 : 1, noLocal: nl, retainAsPublished: rap }
}

function findRefusal(client: Client, request: Request): Refusal | undefined {
  for (const step of steps) {
    const refused = step(client, request)
    if (refused) return refused
  }
  return undefined
}
