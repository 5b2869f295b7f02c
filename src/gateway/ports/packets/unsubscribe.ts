import { encodeUnsuback } from '../codec/encode.ts'
import type { UnsubscribePacket } from '../codec/packets.ts'
import type { Handler } from './handler.ts'
import { onceDurable } from './once-durable.ts'

const success = 0x00
const noSubscriptionExisted = 0x11

export const handleUnsubscribe: Handler<UnsubscribePacket> = (client, { packetId, filters }, deps) => {
  const outcomes = filters.map((filter) => client.session.unsubscribe(filter))
  const codes = outcomes.map(({ existed }) => (existed ? success : noSubscriptionExisted))
  const writes = outcomes.flatMap(({ durable }) => durable ?? [])
  const answer = () => {
    client.traffic.unsubscribes += 1
    client.send(encodeUnsuback(client.version, packetId, codes))
    const ended = filters.filter((_, index) => codes[index] === success)
    if (ended.length > 0) deps.events.unsubscribed(client, ended)
  }
  if (writes.length === 0) answer()
  else void onceDurable(client, { durable: Promise.all(writes), onBug: deps.onBug }, answer)
}
