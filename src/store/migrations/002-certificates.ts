import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const certificates: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('registration_codes')
      .addColumn('account_id', 'text', (column) => column.notNull().primaryKey())
      .addColumn('code', 'text', (column) => column.notNull())
      .execute()
    await createCaCertificates(db)
    await createCertificates(db)
    await createKeyedTable(db, 'tags')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('resource_arn', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('value', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('tags_key', ['account_id', 'resource_arn', 'key'])
      .execute()
  },
}

async function createCaCertificates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ca_certificates')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('certificate_id', 'text', (column) => column.notNull())
    .addColumn('certificate_arn', 'text', (column) => column.notNull())
    .addColumn('certificate_pem', 'text', (column) => column.notNull())
    .addColumn('subject_key', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('auto_registration_status', 'text', (column) => column.notNull())
    .addColumn('certificate_mode', 'text', (column) => column.notNull())
    .addColumn('template_body', 'text')
    .addColumn('role_arn', 'text')
    .addColumn('template_name', 'text')
    .addColumn('not_before', 'bigint', (column) => column.notNull())
    .addColumn('not_after', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('modified_at', 'bigint', (column) => column.notNull())
    .addColumn('customer_version', 'integer', (column) => column.notNull())
    .addColumn('generation_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('ca_certificates_key', ['account_id', 'certificate_id'])
    .execute()
  await index(db, 'ca_certificates', 'by_subject', ['account_id', 'subject_key'])
  await index(db, 'ca_certificates', 'by_age', ['account_id', 'created_at', 'certificate_id'])
  await index(db, 'ca_certificates', 'in_all_accounts', ['certificate_id'])
}

async function createCertificates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('certificates')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('certificate_id', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('certificate_pem', 'text', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('ca_certificate_id', 'text')
    .addColumn('certificate_mode', 'text', (column) => column.notNull())
    .addColumn('not_before', 'bigint', (column) => column.notNull())
    .addColumn('not_after', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('modified_at', 'bigint', (column) => column.notNull())
    .addColumn('customer_version', 'integer', (column) => column.notNull())
    .addColumn('generation_id', 'text', (column) => column.notNull())
    .addColumn('pending_reason', 'text')
    .addPrimaryKeyConstraint('certificates_key', ['account_id', 'certificate_id'])
    .execute()
  await index(db, 'certificates', 'by_age', ['account_id', 'created_at', 'certificate_id'])
  const ofCa = ['account_id', 'ca_certificate_id', 'created_at', 'certificate_id']
  await index(db, 'certificates', 'by_ca', ofCa)
}

async function index(db: Kysely<unknown>, table: string, name: string, columns: string[]): Promise<void> {
  await db.schema.createIndex(`${table}_${name}`).on(table).columns(columns).execute()
}
