import type { Client } from './client.ts'

/** The connected clients of this process: one per account and client id. */
export class Clients {
  readonly #byClientId = new Map<string, Client>()

  get size(): number {
    return this.#byClientId.size
  }

  /** The client is known from here on; whoever had its client id is given back, to be ended. [MQTT-3.1.4-3] */
  claim(client: Client): Client | undefined {
    const key = keyOf(client)
    const previous = this.#byClientId.get(key)
    this.#byClientId.set(key, client)
    return previous
  }

  /** Does nothing when the client id belongs to another connection by now. */
  release(client: Client): void {
    const key = keyOf(client)
    if (this.#byClientId.get(key) === client) this.#byClientId.delete(key)
  }

  find(accountId: string, clientId: string): Client | undefined {
    return this.#byClientId.get(`${accountId}/${clientId}`)
  }

  all(): Client[] {
    return [...this.#byClientId.values()]
  }
}

const keyOf = ({ peer, clientId }: Client): string => `${peer.accountId}/${clientId}`
