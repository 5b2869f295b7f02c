import type { Migration } from 'kysely/migration'
import type { CreateTableBuilder, Kysely } from 'kysely'

export const functions: Migration = {
  async up(db) {
    await db.schema
      .createTable('functions')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('function_name', 'text', (column) => column.notNull())
      .addColumn('next_version', 'integer', (column) => column.notNull())
      .addColumn('reserved_concurrency', 'integer')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('functions_key', ['account_id', 'function_name'])
      .execute()
    await ofFunction(db, 'function_versions', 'version')
      .addColumn('version_number', 'integer', (column) => column.notNull())
      .addColumn('settings', 'text', (column) => column.notNull())
      .addColumn('code_id', 'text', (column) => column.notNull())
      .addColumn('code_sha256', 'text', (column) => column.notNull())
      .addColumn('code_size', 'integer', (column) => column.notNull())
      .addColumn('revision_id', 'text', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .execute()
    await ofFunction(db, 'function_aliases', 'alias_name')
      .addColumn('function_version', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('routing', 'text')
      .addColumn('revision_id', 'text', (column) => column.notNull())
      .execute()
    await ofFunction(db, 'function_permissions', 'qualifier', 'statement_id')
      .addColumn('statement', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute()
    await ofFunction(db, 'function_tags', 'tag_key')
      .addColumn('tag_value', 'text', (column) => column.notNull())
      .execute()
    await ofFunction(db, 'function_event_configs', 'qualifier')
      .addColumn('max_retries', 'integer')
      .addColumn('max_age_seconds', 'integer')
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createTable('function_events')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('event_id', 'text', (column) => column.notNull())
      .addColumn('function_name', 'text', (column) => column.notNull())
      .addColumn('qualifier', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('function_events_key', ['account_id', 'event_id'])
      .execute()
    await db.schema
      .createIndex('function_events_by_due_time')
      .on('function_events')
      .columns(['due_at', 'event_id'])
      .execute()
  },
}

/** A table of what belongs to a function and goes with it; `keys` tell rows of one function apart. */
function ofFunction(
  db: Kysely<unknown>,
  table: string,
  ...keys: string[]
): CreateTableBuilder<string, string> {
  let builder: CreateTableBuilder<string, string> = db.schema
    .createTable(table)
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('function_name', 'text', (column) => column.notNull())
  for (const key of keys) builder = builder.addColumn(key, 'text', (column) => column.notNull())
  return builder
    .addPrimaryKeyConstraint(`${table}_key`, ['account_id', 'function_name', ...keys])
    .addForeignKeyConstraint(
      `${table}_function`,
      ['account_id', 'function_name'],
      'functions',
      ['account_id', 'function_name'],
      (constraint) => constraint.onDelete('cascade'),
    )
}
