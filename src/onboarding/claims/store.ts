/** Ownership tokens, and how often claims were used. */
import { createHash } from 'node:crypto'
import { prepareQuery, type Bind, type Db } from '../../store/index.ts'
import type { OwnershipTokenRow } from '../../store/tables/claims.ts'

export interface Ownership {
  accountId: string
  tokenSha256: string
  certificateId: string
  expiresAt: Date
  usedAt?: Date
}

/** Lower-case hex. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

export async function saveOwnership(db: Db, ownership: Ownership): Promise<void> {
  await db
    .insertInto('ownership_tokens')
    .values({
      account_id: ownership.accountId,
      token_sha256: ownership.tokenSha256,
      certificate_id: ownership.certificateId,
      expires_at: ownership.expiresAt.getTime(),
      used_at: null,
    })
    .execute()
}

export async function findOwnership(
  db: Db,
  accountId: string,
  tokenSha256: string,
): Promise<Ownership | undefined> {
  const row = await db
    .selectFrom('ownership_tokens')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('token_sha256', '=', tokenSha256)
    .executeTakeFirst()
  return row && toOwnership(row)
}

/** False when it was used before: of several at once one succeeds. */
export async function useOwnership(
  db: Db,
  { accountId, tokenSha256 }: Pick<Ownership, 'accountId' | 'tokenSha256'>,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('ownership_tokens')
    .set({ used_at: now.getTime() })
    .where('account_id', '=', accountId)
    .where('token_sha256', '=', tokenSha256)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Those of all accounts that nobody can use any more, the oldest first. */
export async function listExpired(db: Db, now: Date, limit: number): Promise<Ownership[]> {
  const rows = await db
    .selectFrom('ownership_tokens')
    .selectAll()
    .where('expires_at', '<=', now.getTime())
    .orderBy('expires_at')
    .limit(limit)
    .execute()
  return rows.map(toOwnership)
}

const toOwnership = (row: OwnershipTokenRow): Ownership => ({
  accountId: row.account_id,
  tokenSha256: row.token_sha256,
  certificateId: row.certificate_id,
  expiresAt: new Date(row.expires_at),
  ...(row.used_at !== null && { usedAt: new Date(row.used_at) }),
})

export async function deleteOwnership(
  db: Db,
  { accountId, tokenSha256 }: Pick<Ownership, 'accountId' | 'tokenSha256'>,
): Promise<void> {
  await db
    .deleteFrom('ownership_tokens')
    .where('account_id', '=', accountId)
    .where('token_sha256', '=', tokenSha256)
    .execute()
}

export async function countUses(db: Db, accountId: string, claimId: string): Promise<number> {
  const row = await db
    .selectFrom('claim_uses')
    .select('uses')
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', claimId)
    .executeTakeFirst()
  return row?.uses ?? 0
}

/** Counts one more device, whether there is a limit or not: one that is set later counts what was before. */
export async function addUse(db: Db, accountId: string, claimId: string): Promise<void> {
  await insertUses(db, { accountId, claimId, uses: 1 })
}

const insertUses = prepareQuery((db, value: Bind<{ accountId: string; claimId: string; uses: number }>) =>
  db
    .insertInto('claim_uses')
    .values({
      account_id: value('accountId'),
      certificate_id: value('claimId'),
      uses: value('uses'),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'certificate_id'])
        .doUpdateSet((eb) => ({ uses: eb('claim_uses.uses', '+', eb.ref('excluded.uses')) })),
    ),
)
