/** How a function's asynchronous invocations are tried again. */
import type { Db, Tables } from '../../store/index.ts'
import type { FunctionKey } from './function-store.ts'

export interface EventConfig {
  /** `$LATEST`, a version, or an alias. */
  qualifier: string
  /** 0 to 2; absent for the default. */
  maxRetries?: number
  /** 60 to 21600; absent for the default. */
  maxAgeSeconds?: number
  modifiedAt: Date
}

export async function putEventConfig(db: Db, key: FunctionKey, config: EventConfig): Promise<void> {
  const values = {
    max_retries: config.maxRetries ?? null,
    max_age_seconds: config.maxAgeSeconds ?? null,
    modified_at: config.modifiedAt.getTime(),
  }
  await db
    .insertInto('function_event_configs')
    .values({
      account_id: key.accountId,
      function_name: key.functionName,
      qualifier: config.qualifier,
      ...values,
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'function_name', 'qualifier']).doUpdateSet(values),
    )
    .execute()
}

export async function findEventConfig(
  db: Db,
  { accountId, functionName }: Omit<FunctionKey, 'region'>,
  qualifier: string,
): Promise<EventConfig | undefined> {
  const row = await db
    .selectFrom('function_event_configs')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .where('qualifier', '=', qualifier)
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function listEventConfigs(
  db: Db,
  { accountId, functionName }: FunctionKey,
): Promise<EventConfig[]> {
  const rows = await db
    .selectFrom('function_event_configs')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('function_name', '=', functionName)
    .orderBy('qualifier')
    .execute()
  return rows.map(fromRow)
}

/** Tells whether there was one. */
export async function deleteEventConfig(db: Db, key: FunctionKey, qualifier: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('function_event_configs')
    .where('account_id', '=', key.accountId)
    .where('function_name', '=', key.functionName)
    .where('qualifier', '=', qualifier)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

function fromRow(row: Tables['function_event_configs']): EventConfig {
  return {
    qualifier: row.qualifier,
    ...(row.max_retries !== null && { maxRetries: row.max_retries }),
    ...(row.max_age_seconds !== null && { maxAgeSeconds: row.max_age_seconds }),
    modifiedAt: new Date(row.modified_at),
  }
}
