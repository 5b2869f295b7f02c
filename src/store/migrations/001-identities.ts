import type { Migration } from 'kysely/migration'

export const identities: Migration = {
  async up(db) {
    await db.schema
      .createTable('iam_identities')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('identity_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('boundary_arn', 'text')
      .addColumn('description', 'text')
      .addColumn('trust_policy', 'text')
      .addColumn('max_session_seconds', 'integer')
      .addPrimaryKeyConstraint('iam_identities_pk', ['account_id', 'identity_id'])
      .addUniqueConstraint('iam_identities_name', ['account_id', 'kind', 'name_key'])
      .execute()

    await db.schema
      .createTable('iam_group_members')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('group_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_group_members_pk', ['account_id', 'group_id', 'user_id'])
      .addForeignKeyConstraint('iam_group_members_group', ['account_id', 'group_id'], 'iam_identities', [
        'account_id',
        'identity_id',
      ])
      .addForeignKeyConstraint('iam_group_members_user', ['account_id', 'user_id'], 'iam_identities', [
        'account_id',
        'identity_id',
      ])
      .execute()
    await db.schema
      .createIndex('iam_group_members_by_user')
      .on('iam_group_members')
      .columns(['account_id', 'user_id'])
      .execute()

    await db.schema
      .createTable('iam_inline_policies')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('identity_id', 'text', (column) => column.notNull())
      .addColumn('policy_name', 'text', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_inline_policies_pk', ['account_id', 'identity_id', 'policy_name'])
      .addForeignKeyConstraint(
        'iam_inline_policies_identity',
        ['account_id', 'identity_id'],
        'iam_identities',
        ['account_id', 'identity_id'],
      )
      .execute()

    await db.schema
      .createTable('iam_attached_policies')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('identity_id', 'text', (column) => column.notNull())
      .addColumn('policy_arn', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_attached_policies_pk', ['account_id', 'identity_id', 'policy_arn'])
      .addForeignKeyConstraint(
        'iam_attached_policies_identity',
        ['account_id', 'identity_id'],
        'iam_identities',
        ['account_id', 'identity_id'],
      )
      .execute()
    await db.schema
      .createIndex('iam_attached_policies_by_policy')
      .on('iam_attached_policies')
      .columns(['account_id', 'policy_arn'])
      .execute()

    await db.schema
      .createTable('iam_managed_policies')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('policy_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('name_key', 'text', (column) => column.notNull())
      .addColumn('path', 'text', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('default_version', 'integer', (column) => column.notNull())
      .addColumn('next_version', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_managed_policies_pk', ['account_id', 'policy_id'])
      .addUniqueConstraint('iam_managed_policies_name', ['account_id', 'name_key'])
      .execute()

    await db.schema
      .createTable('iam_managed_policy_versions')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('policy_id', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_managed_policy_versions_pk', ['account_id', 'policy_id', 'version'])
      .addForeignKeyConstraint(
        'iam_managed_policy_versions_policy',
        ['account_id', 'policy_id'],
        'iam_managed_policies',
        ['account_id', 'policy_id'],
      )
      .execute()

    await db.schema
      .createTable('iam_tags')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('owner_id', 'text', (column) => column.notNull())
      .addColumn('tag_key', 'text', (column) => column.notNull())
      .addColumn('tag_value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_tags_pk', ['account_id', 'owner_id', 'tag_key'])
      .execute()

    await db.schema
      .createTable('iam_access_keys')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text')
      .addColumn('secret_access_key', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_access_keys_pk', ['account_id', 'access_key_id'])
      .addUniqueConstraint('iam_access_keys_id', ['access_key_id'])
      .addForeignKeyConstraint('iam_access_keys_user', ['account_id', 'user_id'], 'iam_identities', [
        'account_id',
        'identity_id',
      ])
      .execute()
    await db.schema
      .createIndex('iam_access_keys_by_user')
      .on('iam_access_keys')
      .columns(['account_id', 'user_id'])
      .execute()

    await db.schema
      .createTable('iam_sessions')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('access_key_id', 'text', (column) => column.notNull())
      .addColumn('identity_id', 'text')
      .addColumn('session_name', 'text')
      .addColumn('secret_access_key', 'text', (column) => column.notNull())
      .addColumn('token_sha256', 'text', (column) => column.notNull())
      .addColumn('session_policy', 'text')
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('iam_sessions_pk', ['account_id', 'access_key_id'])
      .addUniqueConstraint('iam_sessions_id', ['access_key_id'])
      .addForeignKeyConstraint(
        'iam_sessions_identity',
        ['account_id', 'identity_id'],
        'iam_identities',
        ['account_id', 'identity_id'],
        (constraint) => constraint.onDelete('cascade'),
      )
      .execute()
    await db.schema
      .createIndex('iam_sessions_by_expiry')
      .on('iam_sessions')
      .columns(['account_id', 'expires_at'])
      .execute()
    await db.schema
      .createIndex('iam_sessions_by_identity')
      .on('iam_sessions')
      .columns(['account_id', 'identity_id'])
      .execute()
  },
}
