import { encodeUnsuback } from '../codec/encode.ts'
import type { UnsubscribePacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'

const success = 0x00
const noSubscriptionExisted = 0x11

export const handleUnsubscribe: Handler<UnsubscribePacket> = (client, { packetId, filters }) => {
  const codes = filters.map((filter) =>
    client.session.unsubscribe(filter) ? success : noSubscriptionExisted,
  )
  client.send(encodeUnsuback(client.version, packetId, codes))
}
