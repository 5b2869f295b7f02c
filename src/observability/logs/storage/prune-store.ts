/** What pruning asks and does, in short steps. */
import type { Db } from '../../../store/index.ts'
import { expiryOf } from '../log-group.ts'
import type { Excess, StorageBounds } from './storage-bounds.ts'

/** A group, whatever its name. */
interface GroupRow {
  accountId: string
  logGroupId: number
}

export async function findExcess(
  db: Db,
  { group, bounds, now }: { group: GroupRow; bounds: StorageBounds; now: Date },
): Promise<Excess> {
  const row = await db
    .selectFrom('log_groups')
    .select(['event_count', 'stored_bytes', 'retention_in_days'])
    .where('account_id', '=', group.accountId)
    .where('log_group_id', '=', group.logGroupId)
    .executeTakeFirst()
  return {
    events: (row?.event_count ?? 0) - bounds.maxEventsPerGroup,
    bytes: (row?.stored_bytes ?? 0) - bounds.maxBytesPerGroup,
    expiry: expiryOf({ retentionInDays: row?.retention_in_days ?? undefined }, now),
  }
}

const groups = (db: Db) =>
  db.selectFrom('log_groups').select(['account_id as accountId', 'log_group_id as logGroupId'])

export const listDeletedGroups = (db: Db): Promise<GroupRow[]> =>
  groups(db).where('log_group_name', 'is', null).execute()

export const listGroupsToPrune = (db: Db, bounds: StorageBounds): Promise<GroupRow[]> =>
  groups(db)
    .where('log_group_name', 'is not', null)
    .where('event_count', '>', 0)
    .where((is) =>
      is.or([
        is('retention_in_days', 'is not', null),
        is('event_count', '>', bounds.maxEventsPerGroup),
        is('stored_bytes', '>', bounds.maxBytesPerGroup),
      ]),
    )
    .execute()

export async function listCrowdedGroups(
  db: Db,
  { maxStreamsPerGroup }: StorageBounds,
): Promise<(GroupRow & { surplus: number })[]> {
  const rows = await db
    .selectFrom('log_streams')
    .select((is) => [
      'account_id as accountId',
      'log_group_id as logGroupId',
      is.fn.countAll<number>().as('streams'),
    ])
    .where('log_stream_name', 'is not', null)
    .groupBy(['account_id', 'log_group_id'])
    .having((is) => is.fn.countAll(), '>', maxStreamsPerGroup)
    .execute()
  return rows.map(({ streams, ...group }) => ({ ...group, surplus: Number(streams) - maxStreamsPerGroup }))
}

export async function deleteOldestStreams(
  db: Db,
  { accountId, logGroupId, surplus }: GroupRow & { surplus: number },
): Promise<void> {
  const oldest = await db
    .selectFrom('log_streams')
    .select('log_stream_id')
    .where('account_id', '=', accountId)
    .where('log_group_id', '=', logGroupId)
    .where('log_stream_name', 'is not', null)
    .orderBy('last_ingestion_time')
    .orderBy('log_stream_id')
    .limit(surplus)
    .execute()
  for (const { log_stream_id } of oldest)
    await db
      .updateTable('log_streams')
      .set({ log_stream_name: null })
      .where('account_id', '=', accountId)
      .where('log_stream_id', '=', log_stream_id)
      .execute()
}

export const listDeletedStreams = (db: Db): Promise<(GroupRow & { logStreamId: number })[]> =>
  db
    .selectFrom('log_streams')
    .select(['account_id as accountId', 'log_group_id as logGroupId', 'log_stream_id as logStreamId'])
    .where('log_stream_name', 'is', null)
    .execute()

export async function removeStreamRow(
  db: Db,
  { accountId, logStreamId }: { accountId: string; logStreamId: number },
): Promise<void> {
  await db
    .deleteFrom('log_streams')
    .where('account_id', '=', accountId)
    .where('log_stream_id', '=', logStreamId)
    .execute()
}

export async function removeGroupRows(db: Db, { accountId, logGroupId }: GroupRow): Promise<void> {
  for (const table of ['log_streams', 'log_groups'] as const)
    await db
      .deleteFrom(table)
      .where('account_id', '=', accountId)
      .where('log_group_id', '=', logGroupId)
      .execute()
}
