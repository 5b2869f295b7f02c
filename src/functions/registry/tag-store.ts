import type { Db } from '../../store/index.ts'
import type { FunctionKey } from './function-store.ts'
import { lambdaError } from './lambda-error.ts'

const maxTags = 50

/** Adds tags or replaces their values. @throws {AwsError} `InvalidParameterValueException` beyond 50 tags */
export async function setTags(
  db: Db,
  key: FunctionKey,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const { accountId, functionName } = key
  const entries = Object.entries(tags)
  const all = new Set([...Object.keys(await listTags(db, key)), ...Object.keys(tags)])
  if (all.size > maxTags)
    throw lambdaError(
      'InvalidParameterValueException',
      `A function can have ${maxTags} tags, not ${all.size}`,
    )
  for (const [name, value] of entries)
    await db
      .insertInto('function_tags')
      .values({ account_id: accountId, function_name: functionName, tag_key: name, tag_value: value })
      .onConflict((conflict) =>
        conflict.columns(['account_id', 'function_name', 'tag_key']).doUpdateSet({ tag_value: value }),
      )
      .execute()
}

export async function listTags(
  db: Db,
  { accountId, functionName }: FunctionKey,
): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('function_tags')
    .select(['tag_key', 'tag_value'])
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .orderBy('tag_key')
    .execute()
  return Object.fromEntries(rows.map((row) => [row.tag_key, row.tag_value]))
}

export async function removeTags(db: Db, key: FunctionKey, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await db
    .deleteFrom('function_tags')
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('tag_key', 'in', names)
    .execute()
}
