import type { PubcompPacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'

/** The packet id of a QoS 2 message is free again. */
export const handlePubcomp: Handler<PubcompPacket> = ({ session }, { packetId }) => {
  session.answer('pubcomp', packetId)
}
