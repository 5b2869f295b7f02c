/** PUBLISH from a client. Sources: MQTT 3.1.1 and 5.0 3.3; AWS IoT Developer Guide, "MQTT". */
import { describeExcess, RetainedLimitError } from '../../data-plane/index.ts'
import type { Message } from '../../fabric/index.ts'
import { encodePuback } from '../codec/encode.ts'
import type { PublishPacket } from '../codec/packets.ts'
import { denialDetails } from '../denial.ts'
import type { Client } from '../mqtt/client.ts'
import { refusal, type Refusal } from '../refuse.ts'
import type { Handler, HandlerDeps } from './handler.ts'
import { checkTopic } from './topics.ts'

type Step = (client: Client, packet: PublishPacket, deps: HandlerDeps) => Refusal | undefined

/** In the order they are asked: what breaks the protocol, then what is not granted. */
const steps: readonly Step[] = [
  function checkQos(_client, { qos }) {
    return qos === 2 ? refusal('qos-unsupported', { error: 'QoS 2 is not offered' }) : undefined
  },
  function checkTopicAlias(_client, { topicAlias }) {
    if (topicAlias === undefined) return undefined
    return refusal('topic-alias-invalid', { topicAlias, error: 'topic aliases are not offered' }) // [MQTT-3.3.2-9]
  },
  function checkTopicName(_client, packet, { limits }) {
    return checkTopic(packet, limits)
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

export const handlePublish: Handler<PublishPacket> = (client, packet, deps) => {
  for (const step of steps) {
    const refused = step(client, packet, deps)
    if (refused) return answerRefusal(client, packet, refused)
  }
  const message = toMessage(client, packet)
  deps.encoder.remember(message, client.version, packet.wire)
  const retained = deps.messages.publish(message)
  if (retained) void acknowledgeRetained(client, packet, { retained, onBug: deps.onBug })
  else if (packet.qos === 1) client.send(encodePuback(packet.packetId))
}

/** Not before the message is durable. */
async function acknowledgeRetained(
  client: Client,
  packet: PublishPacket,
  { retained, onBug }: { retained: Promise<void> } & Pick<HandlerDeps, 'onBug'>,
): Promise<void> {
  try {
    await retained
    if (packet.qos === 1) client.send(encodePuback(packet.packetId))
  } catch (cause) {
    if (cause instanceof RetainedLimitError) {
      const details = { topic: packet.topic, error: cause.message }
      return answerRefusal(client, packet, refusal('retained-limit', details))
    }
    onBug(cause)
    client.end({ journal: 'connection-lost', details: { error: 'internal failure' }, disconnectCode: 0x83 })
  }
}

/** QoS 0 has no acknowledgement, so MQTT 5 says the code in DISCONNECT. assumed: AWS does so too. */
function answerRefusal(client: Client, { qos, packetId }: PublishPacket, refused: Refusal): void {
  const code = client.refuse(refused, qos === 1 ? 'acknowledged' : 'none')
  if (code !== undefined) client.send(encodePuback(packetId, code))
}

function toMessage({ peer, clientId }: Client, packet: PublishPacket): Message {
  const { accountId, certificateId, sourceIp } = peer
  const { topic, payload, qos, retain, properties } = packet
  const publisher = { clientId, sourceIp, ...(certificateId !== undefined && { principal: certificateId }) }
  const message: Message = { accountId, topic, payload, qos: qos === 0 ? 0 : 1, retain, publisher }
  return properties ? { ...message, properties } : message
}
