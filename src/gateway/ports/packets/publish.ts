/** PUBLISH from a client. Sources: MQTT 3.1.1 and 5.0 3.3; AWS IoT Developer Guide, "MQTT". */
import { clampExpiry, describeExcess, RetainedLimitError } from '../../../messaging/data-plane/index.ts'
import { NoRoomError, type Message, type MessageProperties } from '../../../fabric/in-process/index.ts'
import { encodePuback, encodePubrec, type AnswerProperties } from '../codec/encode.ts'
import type { PublishPacket } from '../codec/packets.ts'
import { denialDetails } from '../denial.ts'
import { principalOf, type Client } from '../mqtt/client.ts'
import type { MqttProfile } from '../profile.ts'
import { refusal, type Refusal } from '../refuse.ts'
import type { Handler, HandlerDeps } from './handler.ts'
import { checkTopic, findResponseTopicFault } from './topics.ts'

const quotaExceeded = 0x97

type Step = (client: Client, packet: PublishPacket, deps: HandlerDeps) => Refusal | undefined

/** In the order they are asked: what breaks the protocol, then what is not granted. */
const steps: readonly Step[] = [
  function checkQos(_client, { qos }, { profile }) {
    return qos > profile.maximumQos
      ? refusal('qos-unsupported', { error: 'QoS 2 is not offered' }) // [MQTT-3.2.2-11]
      : undefined
  },
  function checkReceiveMaximum({ version, inbound }, { qos }, { limits: { maxUnacknowledged } }) {
    if (version === 4 || qos === 0 || inbound.unacknowledged < maxUnacknowledged) return undefined
    const error = `more than ${maxUnacknowledged} messages wait for their acknowledgement`
    return refusal('receive-maximum-exceeded', { error })
  },
  resolveTopicAlias,
  function checkTopicName(_client, packet, { limits, profile }) {
    return checkTopic(packet, limits, profile)
  },
  function checkResponseTopic(_client, { properties }) {
    return findResponseTopicFault(properties)
  },
  function checkSize(_client, { topic, payload, properties }, { limits }) {
    const error = describeExcess(payload, properties, limits)
    return error === undefined ? undefined : refusal('message-too-large', { topic, error })
  },
  function authorizePublish({ rights }, { topic }) {
    if (rights.decide('iot:Publish', topic).effect === 'allow') return undefined
    return refusal('publish-denied', denialDetails(rights, 'iot:Publish', topic))
  },
  function authorizeRetain({ rights }, { topic, retain }) {
    if (!retain || rights.decide('iot:RetainPublish', topic).effect === 'allow') return undefined
    return refusal('publish-denied', denialDetails(rights, 'iot:RetainPublish', topic))
  },
]

function resolveTopicAlias({ version, inbound }: Client, packet: PublishPacket): Refusal | undefined {
  const { topicAlias, topic } = packet
  if (topicAlias === undefined) {
    const isNameless = version === 5 && topic === ''
    return isNameless ? refusal('protocol-error', { error: 'neither topic nor alias' }) : undefined
  }
  const resolved = inbound.aliases.resolve(topicAlias, topic)
  if (resolved === undefined)
    return refusal('topic-alias-invalid', { topicAlias, error: `topic alias ${topicAlias} is not known` })
  packet.topic = resolved
  return undefined
}

/** A QoS 2 message that is sent again was judged and published when it came first. [MQTT-4.3.3-10] */
const stepsOfKnown: readonly Step[] = [resolveTopicAlias]

export const handlePublish: Handler<PublishPacket> = (client, packet, deps) => {
  const startedAt = packet.qos === 0 ? 0 : performance.now()
  const isKnown = packet.qos === 2 && client.session.hasReceived(packet.packetId)
  if (!isKnown && !client.mayPublish()) return discard(client, packet)
  for (const step of isKnown ? stepsOfKnown : steps) {
    const refused = step(client, packet, deps)
    if (!refused) continue
    const answer = answerTo(client, packet, refused)
    if (answer) client.inbound.answer(answer)
    return
  }
  if (packet.qos === 2) client.inbound.hold(packet.packetId)
  if (isKnown) return client.inbound.answer(acknowledgement(packet))
  // with the message, so that both become durable together
  const receipt = packet.qos === 2 ? client.session.receive('publish', packet.packetId) : undefined
  client.traffic.messagesReceived += 1
  if (packet.retain) client.traffic.retainedReceived += 1
  const message = toMessage(client, packet, deps.profile)
  deps.encoder.remember(message, client.version, packet.wire)
  const published = deps.messages.publish(message)
  const durable = bothOf(published, receipt?.durable)
  if (durable) return void acknowledgeLater(client, packet, { durable, startedAt, deps })
  if (packet.qos === 0) return
  client.inbound.answer(acknowledgement(packet))
  deps.measurePublish?.(secondsSince(startedAt))
}

const secondsSince = (startedAt: number): number => (performance.now() - startedAt) / 1000

function bothOf(
  published: Promise<void> | undefined,
  received: Promise<void> | undefined,
): Promise<unknown> | undefined {
  return published && received ? Promise.all([published, received]) : (published ?? received)
}

function acknowledgement(
  { qos, packetId }: PublishPacket,
  code = 0,
  properties?: AnswerProperties,
): Uint8Array {
  return qos === 2 ? encodePubrec(packetId, code, properties) : encodePuback(packetId, code, properties)
}

/** As AWS does with what comes too fast; MQTT 5 clients are told of messages that have an acknowledgement. */
function discard(client: Client, packet: PublishPacket): void {
  client.traffic.messagesThrottled += 1
  if (client.version === 5 && packet.qos > 0) client.inbound.answer(acknowledgement(packet, quotaExceeded))
}

type Acknowledging = Pick<HandlerDeps, 'onBug' | 'measurePublish'>

/** Not before the message is durable, where it has to be. */
async function acknowledgeLater(
  client: Client,
  packet: PublishPacket,
  { durable, startedAt, deps }: { durable: Promise<unknown>; startedAt: number; deps: Acknowledging },
): Promise<void> {
  const answer = packet.qos === 0 ? () => {} : client.inbound.reserve(packet.qos)
  try {
    await durable
    answer(acknowledgement(packet))
    if (packet.qos > 0) deps.measurePublish?.(secondsSince(startedAt))
  } catch (cause) {
    if (packet.qos === 2) forget(client, packet) // its id is free again [MQTT-4.3.3-9]
    if (cause instanceof RetainedLimitError) {
      const details = { topic: packet.topic, error: cause.message }
      return answer(answerTo(client, packet, refusal('retained-limit', details)))
    }
    if (cause instanceof NoRoomError) return answer(noRoomFor(client, packet))
    deps.onBug(cause)
    client.end({ journal: 'internal-failure', disconnectCode: 0x83 })
  }
}

/** MQTT 3.1.1 has no word for it: the client sends the message again when it comes back. */
function noRoomFor({ version }: Client, packet: PublishPacket): Uint8Array | undefined {
  return version === 5 ? acknowledgement(packet, quotaExceeded) : undefined
}

function forget({ session, inbound }: Client, { packetId }: PublishPacket): void {
  session.receive('pubrel', packetId).durable?.catch(() => {}) // it was told
  inbound.release(packetId)
}

/**
 * The acknowledgement that refuses; undefined when the connection was ended instead. QoS 0 has no acknowledgement, so
 * MQTT 5 says the code in DISCONNECT. assumed: AWS does so too.
 */
function answerTo(client: Client, packet: PublishPacket, refused: Refusal): Uint8Array | undefined {
  const code = client.refuse(refused, packet.qos > 0 ? 'acknowledged' : 'none')
  if (code === undefined) return undefined
  return client.explained(refused, (properties) => acknowledgement(packet, code, properties))
}

function toMessage(client: Client, packet: PublishPacket, profile: MqttProfile): Message {
  const { peer, clientId } = client
  const { accountId, sourceIp } = peer
  const { topic, payload, qos, retain } = packet
  const properties = enriched(client, packet)
  const principal = principalOf(peer)
  const publisher = { clientId, sourceIp, ...(principal !== undefined && { principal }) }
  const message: Message = { accountId, topic, payload, qos, retain, publisher }
  if (!properties) return message
  const bounded = withinExpiry(properties, profile)
  if (bounded !== properties) delete packet.wire
  return { ...message, properties: bounded }
}

/** With the user properties that the type of the client's thing adds. */
function enriched({ authorization }: Client, packet: PublishPacket): MessageProperties | undefined {
  const { properties } = packet
  const added = authorization.userProperties
  if (!added) return properties
  delete packet.wire
  return { ...properties, userProperties: [...(properties?.userProperties ?? []), ...added] }
}

/** With an expiry that is in the bounds of the profile. */
export function withinExpiry(
  properties: MessageProperties,
  { expiryBounds }: Pick<MqttProfile, 'expiryBounds'>,
): MessageProperties {
  const seconds = properties.messageExpiryInterval
  if (seconds === undefined || !expiryBounds) return properties
  const bounded = clampExpiry(seconds, expiryBounds)
  return bounded === seconds ? properties : { ...properties, messageExpiryInterval: bounded }
}
