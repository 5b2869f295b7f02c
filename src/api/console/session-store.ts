/** Sessions of the console, and the passes that open them. */
import type { Db, Tables } from '../../store/index.ts'

export type SessionRow = Tables['console_sessions']

export async function insertSession(db: Db, row: SessionRow): Promise<void> {
  await db.insertInto('console_sessions').values(row).execute()
}

export async function findSession(db: Db, tokenSha256: string): Promise<SessionRow | undefined> {
  return db
    .selectFrom('console_sessions')
    .selectAll()
    .where('token_sha256', '=', tokenSha256)
    .executeTakeFirst()
}

export async function touchSession(db: Db, tokenSha256: string, usedAt: number): Promise<void> {
  await db
    .updateTable('console_sessions')
    .set({ used_at: usedAt })
    .where('token_sha256', '=', tokenSha256)
    .execute()
}

/** Of the account, at most `limit` of them; the newest of those first. */
export async function listSessions(db: Db, accountId: string, limit: number): Promise<SessionRow[]> {
  const rows = await db
    .selectFrom('console_sessions')
    .selectAll()
    .where('account_id', '=', accountId)
    .limit(limit)
    .execute()
  return rows.toSorted((a, b) => b.created_at - a.created_at)
}

/** @returns whether there was one */
export async function deleteSession(db: Db, accountId: string, sessionId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('console_sessions')
    .where('account_id', '=', accountId)
    .where('session_id', '=', sessionId)
    .executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

/** Sessions and passes whose time is over. */
export async function deleteExpired(db: Db, now: number): Promise<void> {
  await db.deleteFrom('console_sessions').where('expires_at', '<=', now).execute()
  await db.deleteFrom('console_passes').where('expires_at', '<=', now).execute()
}

export interface Pass {
  accountId: string
  passSha256: string
  accessKeyId: string
  expiresAt: number
}

/** @returns false when it is there already */
export async function insertPass(db: Db, pass: Pass, { isSpent }: { isSpent: boolean }): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('console_passes')
    .values({
      account_id: pass.accountId,
      pass_sha256: pass.passSha256,
      access_key_id: pass.accessKeyId,
      is_spent: isSpent ? 1 : 0,
      expires_at: pass.expiresAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Spends a pass that is there, unspent, and in time. @returns what it was given out for */
export async function spendPass(
  db: Db,
  passSha256: string,
  now: number,
): Promise<{ accountId: string; accessKeyId: string } | undefined> {
  const row = await db
    .updateTable('console_passes')
    .set({ is_spent: 1 })
    .where('pass_sha256', '=', passSha256)
    .where('is_spent', '=', 0)
    .where('expires_at', '>', now)
    .returning(['account_id as accountId', 'access_key_id as accessKeyId'])
    .executeTakeFirst()
  return row
}
