/** Whose the sessions of several clients are. */
import { prepareQuery, type Bind, type Db } from '../../../store/index.ts'

export interface Ownership {
  sessionId: number
  ownerNode: string
  epoch: number
}

/** Queries are prepared for so many; of fewer the last is asked for again. */
const sizes = [1, 4, 16] as const
/** Clients that `findOwners` takes. */
export const ownersAtOnce = 16

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

/** By client id. */
export async function findOwners(
  db: Db,
  accountId: string,
  clientIds: readonly string[],
): Promise<Map<string, Ownership>> {
  const fitting = queries.find(({ size }) => size >= clientIds.length)
  if (!fitting) throw new RangeError(`${clientIds.length} clients at once, the most is ${ownersAtOnce}`)
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
