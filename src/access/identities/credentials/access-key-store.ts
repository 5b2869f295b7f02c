/**
 * Long-term access keys of users and of the account's root. Verifying an AWS Signature Version 4 needs their secrets,
 * so these are kept, sealed with a key that is not in the database.
 */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db, SecretBox } from '../../../store/index.ts'
import type { IamAccessKeyRow } from '../../../store/tables/identities.ts'
import { createSecretAccessKey, createUniqueId } from '../entities/unique-id.ts'

/** Whose key it is: without `userId` the account's root. */
export interface KeyOwner {
  accountId: string
  userId: string | undefined
}

export interface AccessKey {
  accessKeyId: string
  status: 'Active' | 'Inactive'
  createDate: Date
}

/** IAM's quota; AWS cannot raise it. */
const maxKeys = 2

/** What is needed to sign with it. */
export interface AccessKeyWithSecret extends AccessKey {
  secretAccessKey: string
}

/** @throws {AwsError} `LimitExceededException` when the owner has two keys */
export async function createAccessKey(
  db: Db,
  owner: KeyOwner,
  { secrets, now }: { secrets: SecretBox; now: Date },
): Promise<AccessKeyWithSecret> {
  const present = await listAccessKeys(db, owner)
  if (present.length >= maxKeys)
    throw iamError('LimitExceededException', `Cannot exceed quota for AccessKeysPerUser: ${maxKeys}`)
  const accessKeyId = createUniqueId('AKIA')
  const secretAccessKey = createSecretAccessKey()
  const row: IamAccessKeyRow = {
    account_id: owner.accountId,
    access_key_id: accessKeyId,
    user_id: owner.userId ?? null,
    secret_access_key: secrets.seal(secretAccessKey, accessKeyId),
    status: 'Active',
    created_at: now.getTime(),
  }
  await db.insertInto('iam_access_keys').values(row).execute()
  return { ...toAccessKey(row), secretAccessKey }
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

/** The secret of a key that is there. */
export async function getSecret(db: Db, accessKeyId: string, secrets: SecretBox): Promise<string> {
  const row = await db
    .selectFrom('iam_access_keys')
    .select('secret_access_key')
    .where('access_key_id', '=', accessKeyId)
    .executeTakeFirstOrThrow()
  return secrets.open(row.secret_access_key, accessKeyId)
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
    status: row.status,
    createDate: new Date(row.created_at),
  }
}
