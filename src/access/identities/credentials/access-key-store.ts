/**
 * Long-term access keys of users and of the account's root. Their secrets are kept in clear, since verifying an
 * AWS Signature Version 4 needs them; the mode of the data directory protects them.
 */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'
import type { IamAccessKeyRow } from '../../../store/tables/identities.ts'
import { createSecretAccessKey, createUniqueId } from '../entities/unique-id.ts'

/** Whose key it is: without `userId` the account's root. */
export interface KeyOwner {
  accountId: string
  userId: string | undefined
}

export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  status: 'Active' | 'Inactive'
  createDate: Date
}

/** IAM's quota; AWS cannot raise it. */
const maxKeys = 2

/** @throws {AwsError} `LimitExceededException` when the owner has two keys */
export async function createAccessKey(db: Db, owner: KeyOwner, now: Date): Promise<AccessKey> {
  const present = await listAccessKeys(db, owner)
  if (present.length >= maxKeys)
    throw iamError('LimitExceededException', `Cannot exceed quota for AccessKeysPerUser: ${maxKeys}`)
  const row: IamAccessKeyRow = {
    account_id: owner.accountId,
    access_key_id: createUniqueId('AKIA'),
    user_id: owner.userId ?? null,
    secret_access_key: createSecretAccessKey(),
    status: 'Active',
    created_at: now.getTime(),
  }
  await db.insertInto('iam_access_keys').values(row).execute()
  return toAccessKey(row)
}

/** Oldest first. */
export async function listAccessKeys(db: Db, owner: KeyOwner): Promise<AccessKey[]> {
  const rows = await db
    .selectFrom('iam_access_keys')
    .selectAll()
    .where('account_id', '=', owner.accountId)
    .where('user_id', owner.userId === undefined ? 'is' : '=', owner.userId ?? null)
    .orderBy('created_at')
    .orderBy('access_key_id')
    .execute()
  return rows.map(toAccessKey)
}

/** @throws {AwsError} `NoSuchEntityException` when the owner has no such key */
export async function updateAccessKey(
  db: Db,
  owner: KeyOwner,
  accessKeyId: string,
  status: AccessKey['status'],
): Promise<void> {
  await getAccessKey(db, owner, accessKeyId)
  await db
    .updateTable('iam_access_keys')
    .set({ status })
    .where('account_id', '=', owner.accountId)
    .where('access_key_id', '=', accessKeyId)
    .execute()
}

/** @throws {AwsError} `NoSuchEntityException` when the owner has no such key */
export async function deleteAccessKey(db: Db, owner: KeyOwner, accessKeyId: string): Promise<void> {
  await getAccessKey(db, owner, accessKeyId)
  await db
    .deleteFrom('iam_access_keys')
    .where('account_id', '=', owner.accountId)
    .where('access_key_id', '=', accessKeyId)
    .execute()
}

async function getAccessKey(db: Db, owner: KeyOwner, accessKeyId: string): Promise<AccessKey> {
  const key = (await listAccessKeys(db, owner)).find((candidate) => candidate.accessKeyId === accessKeyId)
  if (key) return key
  throw iamError('NoSuchEntityException', `The Access Key with id ${accessKeyId} cannot be found.`)
}

function toAccessKey(row: IamAccessKeyRow): AccessKey {
  return {
    accessKeyId: row.access_key_id,
    secretAccessKey: row.secret_access_key,
    status: row.status,
    createDate: new Date(row.created_at),
  }
}
