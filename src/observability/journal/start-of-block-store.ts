import { prepareQuery, type Bind, type Db } from '../../store/index.ts'

const selectStart = prepareQuery((db, value: Bind<{ accountId: string; entryId: number }>) =>
  db
    .selectFrom('journal_blocks')
    .select('first_entry_id')
    .where('account_id', '=', value('accountId'))
    .where('first_entry_id', '<=', value('entryId'))
    .orderBy('first_entry_id', 'desc')
    .limit(1),
)

/** Where the block begins that has the entry of that id; if there is none, the one before it. */
export async function findStartOfBlock(
  db: Db,
  accountId: string,
  entryId: number,
): Promise<number | undefined> {
  return (await selectStart(db, { accountId, entryId })).rows[0]?.first_entry_id
}
