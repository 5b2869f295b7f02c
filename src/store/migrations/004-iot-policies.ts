import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const iotPolicies: Migration = {
  async up(db) {
    await createPolicies(db)
    await createVersions(db)
    await createAttachments(db)
  },
}

async function createPolicies(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('iot_policies')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('policy_name', 'text', (column) => column.notNull())
    .addColumn('default_version', 'integer', (column) => column.notNull())
    .addColumn('last_version', 'integer', (column) => column.notNull())
    .addColumn('generation_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('modified_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('iot_policies_key', ['account_id', 'policy_name'])
    .execute()
  await db.schema
    .createIndex('iot_policies_by_age')
    .on('iot_policies')
    .columns(['account_id', 'created_at', 'policy_name'])
    .execute()
}

async function createVersions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('iot_policy_versions')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('policy_name', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('generation_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('iot_policy_versions_key', ['account_id', 'policy_name', 'version'])
    .addForeignKeyConstraint(
      'iot_policy_versions_policy',
      ['account_id', 'policy_name'],
      'iot_policies',
      ['account_id', 'policy_name'],
      (key) => key.onDelete('cascade'),
    )
    .execute()
}

async function createAttachments(db: Kysely<unknown>): Promise<void> {
  await createKeyedTable(db, 'iot_policy_attachments')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('policy_name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('iot_policy_attachments_key', ['account_id', 'target', 'policy_name'])
    .addForeignKeyConstraint('iot_policy_attachments_policy', ['account_id', 'policy_name'], 'iot_policies', [
      'account_id',
      'policy_name',
    ])
    .execute()
  await db.schema
    .createIndex('iot_policy_attachments_by_policy')
    .on('iot_policy_attachments')
    .columns(['account_id', 'policy_name', 'target'])
    .execute()
}
