import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../../store/index.ts'
import { checkMusterOption } from './muster-options.ts'
import { checkNewTags, checkTagCount, type Tag } from './tag.ts'

/**
 * Adds tags to a resource or changes their values.
 * @throws {AwsError} `InvalidRequestException` or `LimitExceededException`, with nothing set
 */
export async function setTags(
  db: Db,
  accountId: string,
  resourceArn: string,
  tags: readonly { Key: string; Value?: string | undefined }[],
): Promise<void> {
  const added = checkNewTags(tags)
  if (added.length === 0) return
  for (const tag of added) checkMusterOption(resourceArn, tag)
  checkTagCount(await listTags(db, accountId, resourceArn), added)
  await db
    .insertInto('tags')
    .values(
      added.map(({ Key, Value }) => ({
        account_id: accountId,
        resource_arn: resourceArn,
        key: Key,
        value: Value,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'resource_arn', 'key'])
        .doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })),
    )
    .execute()
}

/** In the order of their keys. */
export async function listTags(db: Db, accountId: string, resourceArn: string): Promise<Tag[]> {
  return db
    .selectFrom('tags')
    .select(['key as Key', 'value as Value'])
    .where('account_id', '=', accountId)
    .where('resource_arn', '=', resourceArn)
    .orderBy('key')
    .execute()
}

/** The resources of all accounts that carry a tag of this key, which is one of Muster's own: they alone are indexed. */
export async function findTagged(
  db: Db,
  key: `muster:${string}`,
): Promise<{ accountId: string; resourceArn: string }[]> {
  return db
    .selectFrom('tags')
    .select(['account_id as accountId', 'resource_arn as resourceArn'])
    .where('key', '=', key)
    .where(sql<boolean>`key >= 'muster:' and key < 'muster;'`) // as the index says it
    .orderBy('account_id')
    .orderBy('resource_arn')
    .execute()
}

/** Removes the tags with these keys, or all of them: call it with the resource's deletion. */
export async function deleteTags(
  db: Db,
  accountId: string,
  resourceArn: string,
  keys?: readonly string[],
): Promise<void> {
  await db
    .deleteFrom('tags')
    .where('account_id', '=', accountId)
    .where('resource_arn', '=', resourceArn)
    .$if(keys !== undefined, (query) => query.where('key', 'in', keys ?? []))
    .execute()
}

/** The value of one tag as a column of another query, `null` without it; both arguments name columns of that query. */
export function tagValue(accountId: string, resourceArn: string, key: string): RawBuilder<string | null> {
  const account = sql.ref(accountId)
  const resource = sql.ref(resourceArn)
  return sql<string | null>`(select tags.value from tags
    where tags.account_id = ${account} and tags.resource_arn = ${resource} and tags.key = ${key})`
}
