/** The clients of all sessions, whichever node has them. */
import type { Db } from '../../../store/index.ts'
import { readPages } from '../pages.ts'
import type { ClientName } from './session-nodes.ts'

/** A page at a time. What is added meanwhile may be missing. */
export const listClients = (db: Db): AsyncGenerator<ClientName[]> =>
  readPages({ accountId: '', clientId: '' }, ({ accountId, clientId }, limit) =>
    db
      .selectFrom('sessions')
      .select(['account_id as accountId', 'client_id as clientId'])
      .where((is) => is(is.refTuple('account_id', 'client_id'), '>', is.tuple(accountId, clientId)))
      .orderBy('account_id')
      .orderBy('client_id')
      .limit(limit)
      .execute(),
  )
