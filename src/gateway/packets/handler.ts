import type { Fabric } from '../../fabric/index.ts'
import type { PublishEncoder } from '../codec/encode-publish.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Client } from '../mqtt/client.ts'

export interface HandlerDeps {
  fabric: Pick<Fabric, 'publish'>
  encoder: PublishEncoder
  limits: GatewayLimits
}

/** What is done with one type of packet of a connected client. */
export type Handler<Packet> = (client: Client, packet: Packet, deps: HandlerDeps) => void
