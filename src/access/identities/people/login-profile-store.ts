/** Passwords of users, as hashes. */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { IamLoginProfileRow } from '../../../store/tables/identities.ts'
import type { Identity } from '../entities/identity.ts'

export interface LoginProfile {
  passwordHash: string
  isResetRequired: boolean
  createDate: Date
  /** When the password was set. */
  changedAt: Date
}

export async function findLoginProfile(
  db: Db,
  accountId: string,
  userId: string,
): Promise<LoginProfile | undefined> {
  const row = await db
    .selectFrom('iam_login_profiles')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && toLoginProfile(row)
}

/** @throws {AwsError} `NoSuchEntityException` */
export async function getLoginProfile(db: Db, user: Identity): Promise<LoginProfile> {
  const found = await findLoginProfile(db, user.accountId, user.identityId)
  if (found) return found
  throw iamError('NoSuchEntityException', `Login Profile for User ${user.name} cannot be found.`)
}

/** @throws {AwsError} `EntityAlreadyExistsException` */
export async function createLoginProfile(
  db: Db,
  user: Identity,
  profile: Pick<LoginProfile, 'passwordHash' | 'isResetRequired'> & { now: Date },
): Promise<LoginProfile> {
  if (await findLoginProfile(db, user.accountId, user.identityId))
    throw iamError('EntityAlreadyExistsException', `Login Profile for User ${user.name} already exists.`)
  const row: IamLoginProfileRow = {
    account_id: user.accountId,
    user_id: user.identityId,
    password_hash: profile.passwordHash,
    is_reset_required: profile.isResetRequired ? 1 : 0,
    created_at: profile.now.getTime(),
    changed_at: profile.now.getTime(),
  }
  await db.insertInto('iam_login_profiles').values(row).execute()
  return toLoginProfile(row)
}

/** A policy may ask for so many at most. */
const maxOldPasswords = 24

/** The one that was is kept, so that it can be told when it comes again. */
export async function replacePassword(
  db: Db,
  { accountId, identityId: userId }: Identity,
  { present, passwordHash, now }: { present: LoginProfile; passwordHash: string; now: Date },
): Promise<void> {
  await db
    .insertInto('iam_old_passwords')
    .values({
      account_id: accountId,
      user_id: userId,
      changed_at: present.changedAt.getTime(),
      password_hash: present.passwordHash,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const old = await listOldPasswords(db, accountId, userId)
  for (const { changedAt } of old.slice(maxOldPasswords))
    await db
      .deleteFrom('iam_old_passwords')
      .where('account_id', '=', accountId)
      .where('user_id', '=', userId)
      .where('changed_at', '=', changedAt)
      .execute()
  await db
    .updateTable('iam_login_profiles')
    .set({
      password_hash: passwordHash,
      // each has a time of its own: sessions are told apart by it
      changed_at: Math.max(now.getTime(), present.changedAt.getTime() + 1),
      is_reset_required: 0,
    })
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .execute()
}

export async function setResetRequired(
  db: Db,
  { accountId, identityId }: Identity,
  isRequired: boolean,
): Promise<void> {
  await db
    .updateTable('iam_login_profiles')
    .set({ is_reset_required: isRequired ? 1 : 0 })
    .where('account_id', '=', accountId)
    .where('user_id', '=', identityId)
    .execute()
}

/** Newest first; without the one that holds. */
export async function listOldPasswords(
  db: Db,
  accountId: string,
  userId: string,
): Promise<{ changedAt: number; passwordHash: string }[]> {
  const rows = await db
    .selectFrom('iam_old_passwords')
    .select(['changed_at as changedAt', 'password_hash as passwordHash'])
    .where('account_id', '=', accountId)
    .where('user_id', '=', userId)
    .orderBy('changed_at', 'desc')
    .execute()
  return rows
}

export async function deleteLoginProfile(db: Db, { accountId, identityId }: Identity): Promise<void> {
  for (const table of ['iam_login_profiles', 'iam_old_passwords'] as const)
    await db.deleteFrom(table).where('account_id', '=', accountId).where('user_id', '=', identityId).execute()
}

const toLoginProfile = (row: IamLoginProfileRow): LoginProfile => ({
  passwordHash: row.password_hash,
  isResetRequired: row.is_reset_required === 1,
  createDate: new Date(row.created_at),
  changedAt: new Date(row.changed_at),
})
