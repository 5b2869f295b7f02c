import type { Db, Tables } from '../../store/index.ts'
import type { Account } from './account.ts'

/** All, in the order in which they were made. */
export async function listAccounts(db: Db): Promise<Account[]> {
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .orderBy('created_at')
    .orderBy('account_id')
    .execute()
  return rows.map(fromRow)
}

export async function insertAccount(db: Db, account: Account): Promise<void> {
  await db
    .insertInto('accounts')
    .values({
      account_id: account.accountId,
      name: account.name,
      email: account.email,
      endpoint_prefix: account.endpointPrefix,
      request_id: account.requestId,
      created_at: account.createdAt.getTime(),
      closed_at: account.closedAt?.getTime() ?? null,
    })
    .execute()
}

/** `undefined` opens it again. */
export async function setClosed(db: Db, accountId: string, closedAt: Date | undefined): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ closed_at: closedAt?.getTime() ?? null })
    .where('account_id', '=', accountId)
    .execute()
}

function fromRow(row: Tables['accounts']): Account {
  return {
    accountId: row.account_id,
    name: row.name,
    email: row.email,
    endpointPrefix: row.endpoint_prefix,
    requestId: row.request_id,
    createdAt: new Date(row.created_at),
    ...(row.closed_at !== null && { closedAt: new Date(row.closed_at) }),
  }
}
