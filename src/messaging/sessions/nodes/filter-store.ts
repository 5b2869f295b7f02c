/** The filters of all sessions, whichever node has them. */
import type { Db } from '../../../store/index.ts'

export interface KnownFilter {
  accountId: string
  filter: string
}

const rowsAPage = 1000

/** Each once, a page at a time. */
export async function* listFilters(db: Db): AsyncGenerator<KnownFilter[]> {
  let after: KnownFilter = { accountId: '', filter: '' }
  for (;;) {
    const { accountId, filter } = after
    const page = await db
      .selectFrom('session_subscriptions')
      .select(['account_id as accountId', 'filter'])
      .distinct()
      .where((is) => is(is.refTuple('filter', 'account_id'), '>', is.tuple(filter, accountId)))
      .orderBy('filter')
      .orderBy('account_id')
      .limit(rowsAPage)
      .execute()
    yield page
    const last = page.at(-1)
    if (!last || page.length < rowsAPage) return
    after = last
  }
}

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
