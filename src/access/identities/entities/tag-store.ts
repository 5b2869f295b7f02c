/** Tags of users, roles, and managed policies (IAM User Guide, "Tags for AWS Identity and Access Management"). */
import { iamError } from '../../../api/aws/errors.ts'
import type { Db } from '../../../store/index.ts'

export interface Tag {
  Key: string
  Value: string
}

/** Whom tags belong to: `ownerId` is the unique id of an identity or managed policy. */
export interface TagOwner {
  accountId: string
  ownerId: string
}

const maxTags = 50

/**
 * Adds tags and replaces the values of keys that are there.
 * @throws {AwsError} `InvalidInputException` for a key given twice (in whatever case) or one of AWS's own;
 * `LimitExceededException` beyond 50 tags
 */
export async function setTags(db: Db, owner: TagOwner, tags: readonly Tag[] = []): Promise<void> {
  if (tags.length === 0) return
  checkKeys(tags)
  const keys = new Set(tags.map(({ Key }) => Key.toLowerCase()))
  const present = await listTags(db, owner)
  const replaced = present.map(({ Key }) => Key).filter((key) => keys.has(key.toLowerCase()))
  if (present.length - replaced.length + tags.length > maxTags)
    throw iamError('LimitExceededException', `Cannot exceed quota for tags of a resource: ${maxTags}`)
  await deleteTags(db, owner, replaced)
  await db
    .insertInto('iam_tags')
    .values(
      tags.map(({ Key, Value }) => ({
        account_id: owner.accountId,
        owner_id: owner.ownerId,
        tag_key: Key,
        tag_value: Value,
      })),
    )
    .execute()
}

/** Sorted by key. */
export async function listTags(db: Db, { accountId, ownerId }: TagOwner): Promise<Tag[]> {
  const rows = await db
    .selectFrom('iam_tags')
    .select(['tag_key', 'tag_value'])
    .where('account_id', '=', accountId)
    .where('owner_id', '=', ownerId)
    .orderBy('tag_key')
    .execute()
  return rows.map((row) => ({ Key: row.tag_key, Value: row.tag_value }))
}

/** Keys that are not there are passed over. */
export async function deleteTags(
  db: Db,
  { accountId, ownerId }: TagOwner,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return
  await db
    .deleteFrom('iam_tags')
    .where('account_id', '=', accountId)
    .where('owner_id', '=', ownerId)
    .where('tag_key', 'in', keys)
    .execute()
}

function checkKeys(tags: readonly Tag[]): void {
  const seen = new Set<string>()
  for (const { Key } of tags) {
    const key = Key.toLowerCase()
    if (key.startsWith('aws:'))
      throw iamError('InvalidInputException', `Tag keys beginning with aws: are AWS's own, got ${Key}`)
    if (seen.has(key))
      throw iamError(
        'InvalidInputException',
        `Duplicate tag keys found: ${Key}. Tag keys are case insensitive.`,
      )
    seen.add(key)
  }
}
