/** What an account has set for its people: its alias, its password policy. */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { PasswordPolicy } from './password-policy.ts'

export async function findAlias(db: Db, accountId: string): Promise<string | undefined> {
  return (await findRow(db, accountId))?.alias ?? undefined
}

/** The account of that id or alias. */
export async function findAccountId(db: Db, idOrAlias: string): Promise<string | undefined> {
  if (/^\d{12}$/.test(idOrAlias)) return idOrAlias
  const row = await db
    .selectFrom('iam_accounts')
    .select('account_id')
    .where('alias', '=', idOrAlias)
    .executeTakeFirst()
  return row?.account_id
}

/**
 * Replaces the one there is: an account has one at most. `undefined` takes it away.
 * @throws {AwsError} `EntityAlreadyExistsException` when it is another account's
 */
export async function setAlias(db: Db, accountId: string, alias: string | undefined): Promise<void> {
  const owner = alias === undefined ? undefined : await findAccountId(db, alias)
  if (owner !== undefined && owner !== accountId)
    throw iamError('EntityAlreadyExistsException', `The account alias ${alias} already exists.`)
  await save(db, accountId, { alias: alias ?? null })
}

export async function findPasswordPolicy(db: Db, accountId: string): Promise<PasswordPolicy | undefined> {
  const text = (await findRow(db, accountId))?.password_policy
  return text == null ? undefined : (JSON.parse(text) as PasswordPolicy)
}

export async function setPasswordPolicy(
  db: Db,
  accountId: string,
  policy: PasswordPolicy | undefined,
): Promise<void> {
  await save(db, accountId, { password_policy: policy === undefined ? null : JSON.stringify(policy) })
}

async function findRow(db: Db, accountId: string) {
  return db.selectFrom('iam_accounts').selectAll().where('account_id', '=', accountId).executeTakeFirst()
}

async function save(
  db: Db,
  accountId: string,
  change: { alias: string | null } | { password_policy: string | null },
): Promise<void> {
  await db
    .insertInto('iam_accounts')
    .values({ account_id: accountId, alias: null, password_policy: null, ...change })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(change))
    .execute()
}
