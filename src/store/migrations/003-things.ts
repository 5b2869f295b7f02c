import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const things: Migration = {
  async up(db) {
    await createBillingGroups(db) // before things, which refer to it
    await createThings(db)
    await createThingTypes(db)
    await createThingGroups(db) // after things: members refer to both
  },
}

async function createBillingGroups(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('billing_groups')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('billing_group_name', 'text', (column) => column.notNull())
    .addColumn('billing_group_id', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('creation_date', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('billing_groups_key', ['account_id', 'billing_group_name'])
    .execute()
}

async function createThings(db: Kysely<unknown>): Promise<void> {
  await createKeyedTable(db, 'things')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('thing_name', 'text', (column) => column.notNull())
    .addColumn('thing_id', 'text', (column) => column.notNull())
    .addColumn('thing_type_name', 'text')
    .addColumn('billing_group_name', 'text')
    .addColumn('attributes', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('creation_date', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('things_key', ['account_id', 'thing_name'])
    .addForeignKeyConstraint('things_billing_group', ['account_id', 'billing_group_name'], 'billing_groups', [
      'account_id',
      'billing_group_name',
    ])
    .execute()
  for (const column of ['thing_type_name', 'billing_group_name'] as const) {
    await db.schema
      .createIndex(`things_by_${column}`)
      .on('things')
      .columns(['account_id', column, 'thing_name'])
      .where(column, 'is not', null)
      .execute()
  }
  await createKeyedTable(db, 'thing_attributes')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('attribute_name', 'text', (column) => column.notNull())
    .addColumn('attribute_value', 'text', (column) => column.notNull())
    .addColumn('thing_name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('thing_attributes_key', [
      'account_id',
      'attribute_name',
      'attribute_value',
      'thing_name',
    ])
    .execute()
  await createKeyedTable(db, 'thing_principals')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('principal', 'text', (column) => column.notNull())
    .addColumn('thing_name', 'text', (column) => column.notNull())
    .addColumn('thing_principal_type', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('thing_principals_key', ['account_id', 'principal', 'thing_name'])
    .addForeignKeyConstraint('thing_principals_thing', ['account_id', 'thing_name'], 'things', [
      'account_id',
      'thing_name',
    ])
    .execute()
  await db.schema
    .createIndex('thing_principals_by_thing')
    .on('thing_principals')
    .columns(['account_id', 'thing_name', 'principal'])
    .execute()
}

async function createThingTypes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('thing_types')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('thing_type_name', 'text', (column) => column.notNull())
    .addColumn('thing_type_id', 'text', (column) => column.notNull())
    .addColumn('properties', 'text', (column) => column.notNull())
    .addColumn('creation_date', 'bigint', (column) => column.notNull())
    .addColumn('deprecation_date', 'bigint')
    .addPrimaryKeyConstraint('thing_types_key', ['account_id', 'thing_type_name'])
    .execute()
}

async function createThingGroups(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('thing_groups')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('thing_group_name', 'text', (column) => column.notNull())
    .addColumn('thing_group_id', 'text', (column) => column.notNull())
    .addColumn('thing_group_arn', 'text', (column) => column.notNull())
    .addColumn('parent_group_name', 'text')
    .addColumn('root_group_name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('attributes', 'text', (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('creation_date', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('thing_groups_key', ['account_id', 'thing_group_name'])
    .execute()
  await db.schema
    .createIndex('thing_groups_by_parent')
    .on('thing_groups')
    .columns(['account_id', 'parent_group_name', 'thing_group_name'])
    .execute()
  await createKeyedTable(db, 'thing_group_ancestors')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('thing_group_name', 'text', (column) => column.notNull())
    .addColumn('ancestor_group_name', 'text', (column) => column.notNull())
    .addColumn('distance', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('thing_group_ancestors_key', [
      'account_id',
      'thing_group_name',
      'ancestor_group_name',
    ])
    .addForeignKeyConstraint(
      'thing_group_ancestors_group',
      ['account_id', 'thing_group_name'],
      'thing_groups',
      ['account_id', 'thing_group_name'],
      (key) => key.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createIndex('thing_group_ancestors_by_ancestor')
    .on('thing_group_ancestors')
    .columns(['account_id', 'ancestor_group_name', 'thing_group_name'])
    .execute()
  await createMembers(db)
}

async function createMembers(db: Kysely<unknown>): Promise<void> {
  await createKeyedTable(db, 'thing_group_members')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('thing_name', 'text', (column) => column.notNull())
    .addColumn('thing_group_name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('thing_group_members_key', ['account_id', 'thing_name', 'thing_group_name'])
    .addForeignKeyConstraint(
      'thing_group_members_thing',
      ['account_id', 'thing_name'],
      'things',
      ['account_id', 'thing_name'],
      (key) => key.onDelete('cascade'),
    )
    .addForeignKeyConstraint(
      'thing_group_members_group',
      ['account_id', 'thing_group_name'],
      'thing_groups',
      ['account_id', 'thing_group_name'],
      (key) => key.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createIndex('thing_group_members_by_group')
    .on('thing_group_members')
    .columns(['account_id', 'thing_group_name', 'thing_name'])
    .execute()
}
