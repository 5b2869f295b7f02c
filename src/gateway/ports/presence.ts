import { randomUUID } from 'node:crypto'
import type { DisconnectReason } from './disconnect-reasons.ts'

/** How lifecycle events and the connections API name one connection. */
export interface Presence {
  /** Epoch milliseconds. */
  readonly connectedAt: number
  /** The same for both ends of a connection, and higher than that of the client id's connection before. */
  readonly versionNumber: number
  /** The thing that the connection's certificate is exclusively attached to. */
  readonly exclusiveThing?: string
  /** A UUID; made when it is asked for first, as most connections end without anybody having heard of them. */
  readonly sessionIdentifier: string
}

class ConnectionPresence implements Presence {
  readonly connectedAt: number
  readonly versionNumber: number
  readonly exclusiveThing?: string
  #sessionIdentifier: string | undefined

  constructor(connectedAt: number, versionNumber: number, exclusiveThing: string | undefined) {
    this.connectedAt = connectedAt
    this.versionNumber = versionNumber
    if (exclusiveThing !== undefined) this.exclusiveThing = exclusiveThing
  }

  get sessionIdentifier(): string {
    return (this.#sessionIdentifier ??= randomUUID())
  }
}

/** How the last connection of a client id ended. */
export interface EndedPresence {
  versionNumber: number
  /** Epoch milliseconds. */
  at: number
  reason: DisconnectReason
  thingName: string | undefined
}

/** AWS IoT Developer Guide, "Lifecycle events": a client that is away for about an hour begins at 0 again. */
const rememberedMs = 3_600_000
const maxRemembered = 50_000
/** Longer client ids than AWS takes are not worth their room. */
const maxKeyLength = 512

/** Counts the connections of each client id. A client id that was away for long, or is one of too many, starts anew. */
export class Presences {
  /**
   * Two halves: when the newer one is full, or has begun an hour ago, the older one is forgotten as a whole. To look
   * for the oldest one each time costs more the more are remembered.
   */
  #newer = new Map<string, EndedPresence>()
  #older = new Map<string, EndedPresence>()
  #newerSince = 0
  readonly #limit: number

  constructor(limit = maxRemembered) {
    this.#limit = limit
  }

  /** `key` is that of `presenceKey`. */
  begin(key: string, { at, exclusiveThing }: { at: number; exclusiveThing: string | undefined }): Presence {
    const last = this.findEnded(key)
    const isRecent = last !== undefined && at - last.at < rememberedMs
    if (last) this.#forget(key)
    return new ConnectionPresence(at, isRecent ? last.versionNumber + 1 : 0, exclusiveThing)
  }

  end(key: string, ended: EndedPresence): void {
    this.#forget(key)
    if (key.length > maxKeyLength) return
    if (this.#newer.size >= this.#limit / 2 || ended.at - this.#newerSince >= rememberedMs) {
      this.#older = this.#newer
      this.#newer = new Map()
      this.#newerSince = ended.at
    }
    this.#newer.set(key, ended)
  }

  /** `undefined` for a client that is connected, or whose connection is not remembered any more. */
  findEnded(key: string): EndedPresence | undefined {
    return this.#newer.get(key) ?? this.#older.get(key)
  }

  #forget(key: string): void {
    if (!this.#newer.delete(key)) this.#older.delete(key)
  }
}

export const presenceKey = (accountId: string, clientId: string): string => `${accountId}/${clientId}`
