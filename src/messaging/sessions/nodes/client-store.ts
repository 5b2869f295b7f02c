/** The clients of all sessions, whichever node has them. */
import type { Db } from '../../../store/index.ts'
import type { ClientName } from './session-nodes.ts'

const rowsAPage = 1000

/** A page at a time. What is added meanwhile may be missing. */
export async function* listClients(db: Db): AsyncGenerator<ClientName[]> {
  let after: ClientName = { accountId: '', clientId: '' }
  for (;;) {
    const { accountId, clientId } = after
    const page = await db
      .selectFrom('sessions')
      .select(['account_id as accountId', 'client_id as clientId'])
      .where((is) => is(is.refTuple('account_id', 'client_id'), '>', is.tuple(accountId, clientId)))
      .orderBy('account_id')
      .orderBy('client_id')
      .limit(rowsAPage)
      .execute()
    yield page
    const last = page.at(-1)
    if (!last || page.length < rowsAPage) return
    after = last
  }
}
