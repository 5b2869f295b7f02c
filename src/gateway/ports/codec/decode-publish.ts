/** PUBLISH. Sources: MQTT 3.1.1 3.3; MQTT 5.0 3.3. */
import type { MessageProperties } from '../../../fabric/in-process/index.ts'
import type { Frame } from './frames.ts'
import { PacketFault } from './packet-fault.ts'
import { PacketReader } from './packet-reader.ts'
import type { ProtocolVersion, PublishPacket } from './packets.ts'
import type { Properties } from './properties.ts'
import { readProperties } from './read-properties.ts'

/**
 * The topic is not checked here: whoever asks whether it is a topic name finds what is not text, too.
 * @throws {PacketFault}
 */
export function decodePublish(frame: Frame, version: ProtocolVersion): PublishPacket {
  const { header, buffer, start, bodyStart, end } = frame
  const qos = ((header >> 1) & 3) as 0 | 1 | 2 | 3
  if (qos === 3) throw new PacketFault('malformed-packet', 'both QoS bits are set') // [MQTT-3.3.1-4]
  if ((header & 0x0e) === 0x08) throw new PacketFault('malformed-packet', 'DUP with QoS 0') // [MQTT-3.3.1-2]
  const topicEnd = bodyStart + 2 + (end - bodyStart >= 2 ? buffer.readUInt16BE(bodyStart) : end)
  const idEnd = qos === 0 ? topicEnd : topicEnd + 2
  if (idEnd + (version === 5 ? 1 : 0) > end) throw new PacketFault('malformed-packet', 'PUBLISH is cut off')
  const packetId = qos === 0 ? 0 : buffer.readUInt16BE(topicEnd)
  if (qos > 0 && packetId === 0) throw new PacketFault('malformed-packet', 'the packet id is 0')
  const packet: PublishPacket = {
    type: 'publish',
    topic: buffer.toString('utf8', bodyStart + 2, topicEnd),
    payload: buffer.subarray(version === 5 ? idEnd + 1 : idEnd, end),
    qos,
    retain: (header & 1) === 1,
    isDuplicate: (header & 8) === 8,
    packetId,
  }
  if (version === 5 && buffer[idEnd] !== 0) addProperties(packet, { ...frame, bodyStart: idEnd })
  if (header === 0x30 && packet.topicAlias === undefined) packet.wire = buffer.subarray(start, end)
  return packet
}

function addProperties(packet: PublishPacket, rest: Frame): void {
  const reader = new PacketReader(rest)
  const { topicAlias, ...properties }: Properties = readProperties(reader, 'publish')
  packet.payload = reader.rest()
  if (topicAlias !== undefined) packet.topicAlias = topicAlias
  packet.properties = properties as MessageProperties
}
