/** Whose sessions they are: each client that connects at a node of several is asked about, so those of a moment share a query. */
import { chunksOf } from '../../../lib/chunks.ts'
import { prepareQuery, type Bind, type Db } from '../../../store/index.ts'
import type { Ownership } from './owner-store.ts'

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
      for (const some of chunksOf(all, largest)) void this.#ask(accountId, some)
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

/** Queries are prepared for so many; of fewer the last is asked for again. */
const sizes = [1, 4, 16] as const
const largest = 16

type Values = Record<string, string>

const queries = sizes.map((size) => ({
  size,
  query: prepareQuery((db, value: Bind<Values>) =>
    db
      .selectFrom('sessions')
      .select(['client_id', 'session_id', 'owner_node', 'epoch'])
      .where('account_id', '=', value('account'))
      .where(
        'client_id',
        'in',
        Array.from({ length: size }, (_, at) => value(`client${at}`)),
      ),
  ),
}))

async function findOwners(
  db: Db,
  accountId: string,
  clientIds: readonly string[],
): Promise<Map<string, Ownership>> {
  const fitting = queries.find(({ size }) => size >= clientIds.length)
  if (!fitting) throw new RangeError(`${clientIds.length} clients at once, the most is ${largest}`)
  const values: Values = { account: accountId }
  for (let at = 0; at < fitting.size; at++)
    values[`client${at}`] = clientIds[Math.min(at, clientIds.length - 1)] ?? ''
  const { rows } = await fitting.query(db, values)
  return new Map(
    rows.map((row) => [
      row.client_id,
      { sessionId: row.session_id, ownerNode: row.owner_node, epoch: row.epoch },
    ]),
  )
}
