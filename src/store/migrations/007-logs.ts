import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

export const logs: Migration = {
  async up(db) {
    await createGroups(db)
    await createStreams(db)
    await createEvents(db)
    await createIotLogging(db)
  },
}

async function createGroups(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('log_groups')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('log_group_id', 'bigint', (column) => column.notNull())
    .addColumn('log_group_name', 'text')
    .addColumn('log_group_class', 'text', (column) => column.notNull())
    .addColumn('creation_time', 'bigint', (column) => column.notNull())
    .addColumn('retention_in_days', 'integer')
    .addColumn('is_deletion_protected', 'integer', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('event_count', 'bigint', (column) => column.notNull())
    .addColumn('stored_bytes', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_groups_key', ['account_id', 'log_group_id'])
    .execute()
  await db.schema
    .createIndex('log_groups_by_name')
    .on('log_groups')
    .columns(['account_id', 'log_group_name'])
    .unique()
    .execute()
}

async function createStreams(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('log_streams')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('log_stream_id', 'bigint', (column) => column.notNull())
    .addColumn('log_group_id', 'bigint', (column) => column.notNull())
    .addColumn('log_stream_name', 'text')
    .addColumn('creation_time', 'bigint', (column) => column.notNull())
    .addColumn('first_event_timestamp', 'bigint', (column) => column.notNull())
    .addColumn('last_event_timestamp', 'bigint', (column) => column.notNull())
    .addColumn('last_ingestion_time', 'bigint', (column) => column.notNull())
    .addColumn('last_event_id', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_streams_key', ['account_id', 'log_stream_id'])
    .addForeignKeyConstraint('log_streams_group', ['account_id', 'log_group_id'], 'log_groups', [
      'account_id',
      'log_group_id',
    ])
    .execute()
  await db.schema
    .createIndex('log_streams_by_name')
    .on('log_streams')
    .columns(['account_id', 'log_group_id', 'log_stream_name'])
    .unique()
    .execute()
  await db.schema
    .createIndex('log_streams_by_last_event')
    .on('log_streams')
    .columns(['account_id', 'log_group_id', 'last_event_timestamp', 'log_stream_name'])
    .execute()
}

/** Events have no foreign key: streams and groups go only after their events. */
async function createEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('log_events')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('log_group_id', 'bigint', (column) => column.notNull())
    .addColumn('timestamp', 'bigint', (column) => column.notNull())
    .addColumn('event_id', 'bigint', (column) => column.notNull())
    .addColumn('log_stream_id', 'bigint', (column) => column.notNull())
    .addColumn('ingestion_time', 'bigint', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_events_key', ['account_id', 'log_group_id', 'timestamp', 'event_id'])
    .execute()
  await db.schema
    .createIndex('log_events_by_stream')
    .on('log_events')
    .columns(['account_id', 'log_stream_id', 'timestamp', 'event_id'])
    .execute()
}

async function createIotLogging(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('iot_logging_options')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('role_arn', 'text', (column) => column.notNull())
    .addColumn('default_log_level', 'text', (column) => column.notNull())
    .addColumn('is_disabled', 'integer', (column) => column.notNull())
    .addColumn('event_configurations', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('iot_logging_options_key', ['account_id'])
    .execute()
  await db.schema
    .createTable('iot_logging_levels')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('target_type', 'text', (column) => column.notNull())
    .addColumn('target_name', 'text', (column) => column.notNull())
    .addColumn('log_level', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('iot_logging_levels_key', ['account_id', 'target_type', 'target_name'])
    .execute()
}
