import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Indexes for questions that went through all rows of an account, or of all accounts. */
export const lookups: Migration = {
  async up(db) {
    await onColumns(db, 'sessions_by_id', 'sessions', ['account_id', 'session_id'])
    await onColumns(db, 'shared_queues_by_id', 'shared_queues', ['account_id', 'session_id'])
    await onColumns(db, 'function_versions_by_version', 'function_versions', [
      'account_id',
      'version',
      'function_name',
    ])
    await onColumns(db, 'function_versions_by_number', 'function_versions', [
      'account_id',
      'function_name',
      'version_number',
    ])
    await onSetColumn(db, 'functions_by_reserved_concurrency', 'functions', ['reserved_concurrency'])
    await onSetColumn(db, 'ca_certificates_by_template', 'ca_certificates', [
      'template_name',
      'created_at',
      'certificate_id',
    ])
    await onSetColumn(db, 'iam_identities_by_boundary', 'iam_identities', ['boundary_arn', 'name_key'])
    await db.schema
      .createIndex('retained_messages_by_expiry')
      .on('retained_messages')
      .column('expires_at')
      .where('expires_at', 'is not', null)
      .execute()
    await db.schema
      .createIndex('tags_of_muster')
      .on('tags')
      .columns(['key', 'account_id', 'resource_arn'])
      .where(sql<boolean>`key >= 'muster:' and key < 'muster;'`)
      .execute()
    await onColumns(db, 'journal_blocks_by_age', 'journal_blocks', ['newest_at'])
    await deletedLogs(db)
    // unique, as its rows are: SQLite does not see otherwise that they come in the order of a page
    await db.schema.dropIndex('thing_group_ancestors_by_ancestor').execute()
    await db.schema
      .createIndex('thing_group_ancestors_by_ancestor')
      .on('thing_group_ancestors')
      .columns(['account_id', 'ancestor_group_name', 'thing_group_name'])
      .unique()
      .execute()
  },
}

/** What is deleted for everyone and waits for pruning. */
async function deletedLogs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('log_groups_deleted')
    .on('log_groups')
    .columns(['account_id', 'log_group_id'])
    .where(sql<boolean>`log_group_name is null`)
    .execute()
  await db.schema
    .createIndex('log_streams_deleted')
    .on('log_streams')
    .columns(['account_id', 'log_group_id', 'log_stream_id'])
    .where(sql<boolean>`log_stream_name is null`)
    .execute()
}

async function onColumns(db: Kysely<unknown>, name: string, table: string, columns: string[]): Promise<void> {
  await db.schema.createIndex(name).on(table).columns(columns).execute()
}

/** Of the rows that have the first of the columns alone. */
async function onSetColumn(
  db: Kysely<unknown>,
  name: string,
  table: string,
  columns: [string, ...string[]],
): Promise<void> {
  await db.schema
    .createIndex(name)
    .on(table)
    .columns(['account_id', ...columns])
    .where(columns[0], 'is not', null)
    .execute()
}
