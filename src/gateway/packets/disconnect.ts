import type { DisconnectPacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'

const disconnectWithWill = 0x04

/** The client takes its leave. Its will is not published, except when an MQTT 5 client asks for it. */
export const handleDisconnect: Handler<DisconnectPacket> = (client, { reasonCode }) => {
  const details = client.version === 5 ? { details: { reasonCode } } : {}
  client.end({ journal: 'disconnected', isClean: reasonCode !== disconnectWithWill, ...details })
}
