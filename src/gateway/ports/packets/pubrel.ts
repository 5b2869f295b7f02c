import { encodePubcomp } from '../codec/encode.ts'
import type { PubrelPacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'
import { onceDurable } from './once-durable.ts'

const packetNotFound = 0x92

/** The client will not send its QoS 2 message again: the packet id is free once that is durable. [MQTT-4.3.3-11] */
export const handlePubrel: Handler<PubrelPacket> = (client, { packetId }, { onBug }) => {
  const { answer, durable } = client.session.receive('pubrel', packetId)
  client.inbound.release(packetId)
  const isUnknown = answer === 'pubcomp-not-found' && client.version === 5
  const send = () => client.send(encodePubcomp(packetId, isUnknown ? packetNotFound : 0))
  if (durable) void onceDurable(client, { durable, onBug }, send)
  else send()
}
