import type { Client, Peer } from './mqtt/client.ts'
import type { Ending } from './mqtt/ending.ts'
import type { Refusal } from './refuse.ts'

/** A CONNECT that was refused. */
export interface FailedConnect {
  peer: Peer
  clientId: string
  /** The thing that the connection would have stood for. */
  thingName?: string | undefined
  isThingExclusive?: boolean | undefined
}

/** What others hear of MQTT clients. Told at once and in order, on the path of every connect: return quickly. */
export interface ClientEvents {
  /** CONNACK is among the packets that leave. */
  connected: (client: Client) => void
  /** The client holds nothing in the server any more, its will has been published. */
  disconnected: (client: Client, ending: Ending) => void
  connectFailed: (attempt: FailedConnect, refusal: Refusal) => void
  /** Filters as the client wrote them; refused ones are not among them. */
  subscribed: (client: Client, filters: readonly string[]) => void
  /** By the client itself or by a policy; not because the connection ended. */
  unsubscribed: (client: Client, filters: readonly string[]) => void
}

/** Tells each of the listeners, in their order, what it wants to hear. */
export function tellAll(...listeners: readonly Partial<ClientEvents>[]): ClientEvents {
  return {
    connected: (client) => listeners.forEach((listener) => listener.connected?.(client)),
    disconnected: (client, ending) =>
      listeners.forEach((listener) => listener.disconnected?.(client, ending)),
    connectFailed: (attempt, refusal) =>
      listeners.forEach((listener) => listener.connectFailed?.(attempt, refusal)),
    subscribed: (client, filters) => listeners.forEach((listener) => listener.subscribed?.(client, filters)),
    unsubscribed: (client, filters) =>
      listeners.forEach((listener) => listener.unsubscribed?.(client, filters)),
  }
}
