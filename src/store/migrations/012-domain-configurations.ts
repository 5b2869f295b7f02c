import type { Migration } from 'kysely/migration'

export const domainConfigurations: Migration = {
  async up(db) {
    await db.schema
      .createTable('domain_configurations')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('domain_configuration_name', 'text', (column) => column.notNull())
      .addColumn('domain_name', 'text', (column) => column.notNull())
      .addColumn('domain_type', 'text', (column) => column.notNull())
      .addColumn('service_type', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('status_changed_at', 'bigint', (column) => column.notNull())
      .addColumn('server_certificate_arns', 'text', (column) => column.notNull())
      .addColumn('validation_certificate_arn', 'text')
      .addColumn('settings', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('domain_configurations_key', ['account_id', 'domain_configuration_name'])
      .addUniqueConstraint('domain_configurations_domain_name', ['account_id', 'domain_name'])
      .execute()
  },
}
