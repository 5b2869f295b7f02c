import type { PubrecPacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'

/** From here on a reason code is a refusal, which ends the delivery. MQTT 5.0 3.5.2.1 */
const refusedFrom = 0x80

/** The client has a QoS 2 message and waits for its release. */
export const handlePubrec: Handler<PubrecPacket> = ({ session }, { packetId, reasonCode }) => {
  session.answer(reasonCode < refusedFrom ? 'pubrec' : 'pubrec-refused', packetId)
}
