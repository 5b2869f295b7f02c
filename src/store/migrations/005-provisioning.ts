import type { Migration } from 'kysely/migration'

export const provisioning: Migration = {
  async up(db) {
    await db.schema
      .createTable('provisioning_templates')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('template_name', 'text', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('enabled', 'integer')
      .addColumn('provisioning_role_arn', 'text', (column) => column.notNull())
      .addColumn('hook_payload_version', 'text')
      .addColumn('hook_target_arn', 'text')
      .addColumn('default_version_id', 'integer', (column) => column.notNull())
      .addColumn('last_version_id', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('provisioning_templates_key', ['account_id', 'template_name'])
      .execute()
    await db.schema
      .createTable('provisioning_template_versions')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('template_name', 'text', (column) => column.notNull())
      .addColumn('version_id', 'integer', (column) => column.notNull())
      .addColumn('template_body', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('provisioning_template_versions_key', [
        'account_id',
        'template_name',
        'version_id',
      ])
      .addForeignKeyConstraint(
        'provisioning_template_versions_template',
        ['account_id', 'template_name'],
        'provisioning_templates',
        ['account_id', 'template_name'],
        (constraint) => constraint.onDelete('cascade'),
      )
      .execute()
  },
}
