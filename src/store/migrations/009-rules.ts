import type { Migration } from 'kysely/migration'

export const rules: Migration = {
  async up(db) {
    await db.schema
      .createTable('topic_rules')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('rule_name', 'text', (column) => column.notNull())
      .addColumn('sql_text', 'text', (column) => column.notNull())
      .addColumn('sql_version', 'text', (column) => column.notNull())
      .addColumn('topic_pattern', 'text')
      .addColumn('description', 'text')
      .addColumn('actions', 'text', (column) => column.notNull())
      .addColumn('error_action', 'text')
      .addColumn('rule_disabled', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('topic_rules_key', ['account_id', 'rule_name'])
      .execute()
    await db.schema
      .createTable('topic_rule_destinations')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('destination_id', 'text', (column) => column.notNull())
      .addColumn('confirmation_url', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('status_reason', 'text')
      .addColumn('token_hash', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('topic_rule_destinations_key', ['account_id', 'destination_id'])
      .execute()
    await db.schema
      .createIndex('topic_rule_destinations_by_url')
      .on('topic_rule_destinations')
      .columns(['account_id', 'confirmation_url'])
      .unique()
      .execute()
    await db.schema
      .createIndex('topic_rule_destinations_by_token')
      .on('topic_rule_destinations')
      .column('token_hash')
      .unique()
      .execute()
  },
}
