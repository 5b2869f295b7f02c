import { keysFrom } from '../../../api/aws/page.ts'
import type { Db } from '../../../store/index.ts'
import type { LogsTables } from '../../../store/tables/logs.ts'
import type { LogGroup } from '../log-group.ts'
import { groupNotFound, logsError } from '../logs-error.ts'

export type NewGroup = Pick<
  LogGroup,
  'accountId' | 'logGroupName' | 'logGroupId' | 'logGroupClass' | 'creationTime'
> &
  Partial<Pick<LogGroup, 'tags' | 'deletionProtectionEnabled'>>

/** @returns whether there was none of this name */
export async function insertGroup(db: Db, group: NewGroup): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('log_groups')
    .values({
      account_id: group.accountId,
      log_group_id: group.logGroupId,
      log_group_name: group.logGroupName,
      log_group_class: group.logGroupClass,
      creation_time: group.creationTime,
      retention_in_days: null,
      is_deletion_protected: group.deletionProtectionEnabled === true ? 1 : 0,
      tags: serializeTags(group.tags ?? new Map()),
      event_count: 0,
      stored_bytes: 0,
    })
    .onConflict((conflict) => conflict.columns(['account_id', 'log_group_name']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** @throws {AwsError} `ResourceNotFoundException` */
export async function getGroup(db: Db, accountId: string, logGroupName: string): Promise<LogGroup> {
  const row = await db
    .selectFrom('log_groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('log_group_name', '=', logGroupName)
    .executeTakeFirst()
  if (!row) throw groupNotFound()
  return fromRow(row)
}

export async function findGroupId(
  db: Db,
  accountId: string,
  logGroupName: string,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('log_groups')
    .select('log_group_id')
    .where('account_id', '=', accountId)
    .where('log_group_name', '=', logGroupName)
    .executeTakeFirst()
  return row?.log_group_id
}

export interface GroupFilter {
  prefix?: string | undefined
  names?: readonly string[] | undefined
  logGroupClass?: LogGroup['logGroupClass'] | undefined
}

/** By name, after the one named `after`. */
export async function listGroups(
  db: Db,
  accountId: string,
  { prefix, names, logGroupClass }: GroupFilter,
  page: { after: string | undefined; limit: number },
): Promise<LogGroup[]> {
  let query = db
    .selectFrom('log_groups')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('log_group_name', ...keysFrom(page.after, prefix))
  if (prefix !== undefined) query = query.where('log_group_name', '<', endOfPrefix(prefix))
  if (names !== undefined) query = query.where('log_group_name', 'in', names)
  if (logGroupClass !== undefined) query = query.where('log_group_class', '=', logGroupClass)
  const rows = await query.orderBy('log_group_name').limit(page.limit).execute()
  return rows.map(fromRow)
}

/** Above every name that begins with the prefix. */
export const endOfPrefix = (prefix: string): string => `${prefix}\u{10ffff}`

type GroupKey = Pick<LogGroup, 'accountId' | 'logGroupId'>
type GroupChange = Partial<Pick<LogGroup, 'tags' | 'deletionProtectionEnabled'>> & {
  /** Null: for ever. */
  retentionInDays?: number | null
}

export async function updateGroup(
  db: Db,
  { accountId, logGroupId }: GroupKey,
  { retentionInDays, deletionProtectionEnabled, tags }: GroupChange,
): Promise<void> {
  await db
    .updateTable('log_groups')
    .set({
      ...(retentionInDays !== undefined && { retention_in_days: retentionInDays }),
      ...(deletionProtectionEnabled !== undefined && {
        is_deletion_protected: deletionProtectionEnabled ? 1 : 0,
      }),
      ...(tags !== undefined && { tags: serializeTags(tags) }),
    })
    .where('account_id', '=', accountId)
    .where('log_group_id', '=', logGroupId)
    .execute()
}

/**
 * The group and its streams are gone for everyone at once; pruning removes what they held.
 * @throws {AwsError} `ResourceNotFoundException`; `ValidationException` for a protected group
 */
export async function deleteGroup(db: Db, accountId: string, logGroupName: string): Promise<void> {
  const group = await getGroup(db, accountId, logGroupName)
  if (group.deletionProtectionEnabled)
    throw logsError('ValidationException', `The log group ${logGroupName} is protected from deletion.`) // assumed: the code
  const { logGroupId } = group
  await db
    .updateTable('log_groups')
    .set({ log_group_name: null })
    .where('account_id', '=', accountId)
    .where('log_group_id', '=', logGroupId)
    .execute()
  await db
    .updateTable('log_streams')
    .set({ log_stream_name: null })
    .where('account_id', '=', accountId)
    .where('log_group_id', '=', logGroupId)
    .execute()
}

const serializeTags = (tags: ReadonlyMap<string, string>): string =>
  JSON.stringify(Object.fromEntries([...tags].toSorted(([a], [b]) => (a < b ? -1 : 1))))

function fromRow(row: LogsTables['log_groups']): LogGroup {
  return {
    accountId: row.account_id,
    logGroupId: row.log_group_id,
    logGroupName: row.log_group_name ?? '',
    logGroupClass: row.log_group_class as LogGroup['logGroupClass'],
    creationTime: row.creation_time,
    retentionInDays: row.retention_in_days ?? undefined,
    deletionProtectionEnabled: row.is_deletion_protected === 1,
    tags: new Map(Object.entries(JSON.parse(row.tags) as Record<string, string>)),
    storedBytes: row.stored_bytes,
  }
}
