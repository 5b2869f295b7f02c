/** The filters of all sessions, whichever node has them. */
import type { Db } from '../../../store/index.ts'
import { readPages } from '../pages.ts'

export interface KnownFilter {
  accountId: string
  filter: string
}

/** Each once, a page at a time. */
export const listFilters = (db: Db): AsyncGenerator<KnownFilter[]> =>
  readPages({ accountId: '', filter: '' }, ({ accountId, filter }, limit) =>
    db
      .selectFrom('session_subscriptions')
      .select(['account_id as accountId', 'filter'])
      .distinct()
      .where((is) => is(is.refTuple('filter', 'account_id'), '>', is.tuple(filter, accountId)))
      .orderBy('filter')
      .orderBy('account_id')
      .limit(limit)
      .execute(),
  )

/** Those that some session has. */
export async function findFilters(
  db: Db,
  accountId: string,
  filters: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('session_subscriptions')
    .select('filter')
    .distinct()
    .where('account_id', '=', accountId)
    .where('filter', 'in', filters)
    .execute()
  return new Set(rows.map(({ filter }) => filter))
}
