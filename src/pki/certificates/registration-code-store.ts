/** The registration code: what a CA's owner signs to prove possession of its key. One an account, until deleted. */
import { randomBytes } from 'node:crypto'
import { iotError } from '../../api/aws/errors.ts'
import type { Db } from '../../store/index.ts'

export async function findRegistrationCode(db: Db, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('registration_codes')
    .select('code')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.code
}

/** The account's code, made when there is none: 64 lowercase hex digits. */
export async function ensureRegistrationCode(db: Db, accountId: string): Promise<string> {
  const known = await findRegistrationCode(db, accountId)
  if (known !== undefined) return known
  const code = randomBytes(32).toString('hex')
  await db.insertInto('registration_codes').values({ account_id: accountId, code }).execute()
  return code
}

/** @throws {AwsError} `ResourceNotFoundException` when there is none */
export async function deleteRegistrationCode(db: Db, accountId: string): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('registration_codes')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  if (numDeletedRows === 0n)
    throw iotError('ResourceNotFoundException', 'this account has no registration code')
}
