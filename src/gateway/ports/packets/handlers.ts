import type { SessionPacket } from '../codec/packets.ts'
import type { Client } from '../mqtt/client.ts'
import { handleDisconnect } from './disconnect.ts'
import type { Handler, HandlerDeps } from './handler.ts'
import { handlePingreq } from './pingreq.ts'
import { handlePuback } from './puback.ts'
import { handlePubcomp } from './pubcomp.ts'
import { handlePublish } from './publish.ts'
import { handlePubrec } from './pubrec.ts'
import { handlePubrel } from './pubrel.ts'
import { handleSubscribe } from './subscribe.ts'
import { handleUnsubscribe } from './unsubscribe.ts'

type PacketOf<Type> = Extract<SessionPacket, { type: Type }>

/** What a connected client may send, and who takes it. */
const handlers: { [Type in SessionPacket['type']]: Handler<PacketOf<Type>> } = {
  publish: handlePublish,
  puback: handlePuback,
  pubrec: handlePubrec,
  pubrel: handlePubrel,
  pubcomp: handlePubcomp,
  subscribe: handleSubscribe,
  unsubscribe: handleUnsubscribe,
  pingreq: handlePingreq,
  disconnect: handleDisconnect,
}

export function handlePacket(client: Client, packet: SessionPacket, deps: HandlerDeps): void {
  const handle = handlers[packet.type] as Handler<SessionPacket>
  handle(client, packet, deps)
}
