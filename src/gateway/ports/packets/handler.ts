import type { Messages } from '../../../messaging/data-plane/index.ts'
import type { ClientEvents } from '../client-events.ts'
import type { PublishEncoder } from '../codec/encode-publish.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Client } from '../mqtt/client.ts'
import type { MqttProfile } from '../profile.ts'

export interface HandlerDeps {
  messages: Pick<Messages, 'publish' | 'matchRetained' | 'findRetained'>
  encoder: PublishEncoder
  limits: GatewayLimits
  profile: MqttProfile
  events: Pick<ClientEvents, 'subscribed' | 'unsubscribed'>
  now: () => Date
  /** Told how long a message with QoS 1 or 2 took until it could be acknowledged. */
  measurePublish?: ((seconds: number) => void) | undefined
  /** Hears of what is nobody's mistake but ours. */
  onBug: (cause: unknown) => void
}

/** What is done with one type of packet of a connected client. */
export type Handler<Packet> = (client: Client, packet: Packet, deps: HandlerDeps) => void
