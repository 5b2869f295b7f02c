/** Whose sessions they are: each client that connects at a node of several is asked about, so those of a moment share a query. */
import { chunksOf } from '../../../lib/chunks.ts'
import type { Db } from '../../../store/index.ts'
import { findOwners, ownersAtOnce, type Ownership } from './owner-lookup-store.ts'

interface Asked {
  clientId: string
  found: PromiseWithResolvers<Ownership | undefined>
}

export class OwnerLookup {
  readonly #read: Db
  /** By account. */
  #asked = new Map<string, Asked[]>()

  constructor(read: Db) {
    this.#read = read
  }

  /** As it is after the call. */
  find(accountId: string, clientId: string): Promise<Ownership | undefined> {
    if (this.#asked.size === 0) setImmediate(() => this.#askAll())
    const found = Promise.withResolvers<Ownership | undefined>()
    const asked = this.#asked.get(accountId)
    if (asked) asked.push({ clientId, found })
    else this.#asked.set(accountId, [{ clientId, found }])
    return found.promise
  }

  #askAll(): void {
    const asked = this.#asked
    this.#asked = new Map()
    for (const [accountId, all] of asked)
      for (const some of chunksOf(all, ownersAtOnce)) void this.#ask(accountId, some)
  }

  async #ask(accountId: string, asked: readonly Asked[]): Promise<void> {
    try {
      const clientIds = asked.map(({ clientId }) => clientId)
      const owners = await findOwners(this.#read, accountId, clientIds)
      for (const { clientId, found } of asked) found.resolve(owners.get(clientId))
    } catch (error) {
      for (const { found } of asked) found.reject(error)
    }
  }
}
