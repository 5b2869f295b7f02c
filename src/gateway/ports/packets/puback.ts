import type { PubackPacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'

/** The client has a QoS 1 message; whatever its reason code says, it is not sent again. */
export const handlePuback: Handler<PubackPacket> = ({ session }, { packetId }) => {
  session.answer('puback', packetId)
}
