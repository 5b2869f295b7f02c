import { SortedNames } from '../../../lib/sorted-names.ts'
import type { Client } from './client.ts'

/** The connected clients of this process: one per account and client id. */
export class Clients {
  readonly #byClientId = new Map<string, Client>()
  /** Its keys in their order. */
  readonly #keys = new SortedNames()

  get size(): number {
    return this.#byClientId.size
  }

  /** The client is known from here on; whoever had its client id is given back, to be ended. [MQTT-3.1.4-3] */
  claim(client: Client): Client | undefined {
    const key = keyOf(client)
    const previous = this.#byClientId.get(key)
    this.#byClientId.set(key, client)
    if (!previous) this.#keys.add(key)
    return previous
  }

  /** Does nothing when the client id belongs to another connection by now. */
  release(client: Client): void {
    const key = keyOf(client)
    if (this.#byClientId.get(key) !== client) return
    this.#byClientId.delete(key)
    this.#keys.delete(key)
  }

  find(accountId: string, clientId: string): Client | undefined {
    return this.#byClientId.get(`${accountId}/${clientId}`)
  }

  /** In the order of their client ids: at most `limit` that begin with `prefix`, after the client id `after`. */
  list(accountId: string, { prefix, after, limit }: ClientPage): Client[] {
    const keys = this.#keys.list({
      prefix: `${accountId}/${prefix}`,
      after: after && `${accountId}/${after}`,
      limit,
    })
    return keys.flatMap((key) => this.#byClientId.get(key) ?? [])
  }

  all(): Client[] {
    return [...this.#byClientId.values()]
  }
}

export interface ClientPage {
  prefix: string
  after: string | undefined
  limit: number
}

const keyOf = ({ peer, clientId }: Client): string => `${peer.accountId}/${clientId}`
