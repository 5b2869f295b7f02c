import type { DisconnectPacket } from '../codec/packets.ts'
import { refusal } from '../refuse.ts'
import type { Handler } from './handler.ts'

const disconnectWithWill = 0x04

/** MQTT 5.0 3.14.2.2.2 */
const expiryRaised = 'DISCONNECT asks to keep a session that was to end with its connection'

/** The client takes its leave. Its will is not published, except when an MQTT 5 client asks for it. */
export const handleDisconnect: Handler<DisconnectPacket> = (client, packet) => {
  const { reasonCode, sessionExpirySeconds } = packet
  if (client.session.expirySeconds === 0 && (sessionExpirySeconds ?? 0) > 0) {
    client.refuse(refusal('protocol-error', { error: expiryRaised }), 'none')
    return
  }
  const details = client.version === 5 ? { details: { reasonCode } } : {}
  client.end({
    journal: 'disconnected',
    isClean: reasonCode !== disconnectWithWill,
    sessionExpirySeconds,
    ...details,
  })
}
