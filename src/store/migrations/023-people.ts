import type { Migration } from 'kysely/migration'

/** Passwords and second factors of IAM users, and what an account asks of them. */
export const people: Migration = {
  async up(db) {
    await db.schema
      .createTable('iam_login_profiles')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addColumn('is_reset_required', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_login_profiles_key', ['account_id', 'user_id'])
      .execute()
    await db.schema
      .createTable('iam_old_passwords')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .addColumn('password_hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_old_passwords_key', ['account_id', 'user_id', 'changed_at'])
      .execute()
    await db.schema
      .createTable('iam_accounts')
      .addColumn('account_id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('alias', 'text', (column) => column.unique())
      .addColumn('password_policy', 'text')
      .execute()
    await db.schema
      .createTable('iam_mfa_devices')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('seed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('enabled_at', 'bigint')
      .addColumn('used_step', 'bigint', (column) => column.notNull())
      .addColumn('drift', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_mfa_devices_key', ['account_id', 'name'])
      .execute()
    await db.schema
      .createIndex('iam_mfa_devices_by_user')
      .on('iam_mfa_devices')
      .columns(['account_id', 'user_id'])
      .execute()
    await db.schema.alterTable('iam_sessions').addColumn('mfa_at', 'bigint').execute()
  },
}
