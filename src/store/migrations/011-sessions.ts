import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createKeyedTable } from './keyed-table.ts'

export const sessions: Migration = {
  async up(db) {
    await createSessions(db)
    await createSubscriptions(db)
    await createMessages(db)
    await createKeyedTable(db, 'session_receipts')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('session_id', 'bigint', (column) => column.notNull())
      .addColumn('packet_id', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('session_receipts_key', ['account_id', 'session_id', 'packet_id'])
      .execute()
    await createKeyedTable(db, 'shared_queues')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('session_id', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('shared_queues_key', ['account_id', 'name'])
      .execute()
  },
}

async function createSessions(db: Kysely<unknown>): Promise<void> {
  await createKeyedTable(db, 'sessions')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'bigint', (column) => column.notNull())
    .addColumn('protocol_version', 'integer', (column) => column.notNull())
    .addColumn('expiry_seconds', 'bigint', (column) => column.notNull())
    .addColumn('is_connected', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('will', 'text')
    .addColumn('will_payload', 'bytea')
    .addColumn('will_delay_seconds', 'bigint', (column) => column.notNull())
    .addColumn('will_at', 'bigint')
    .addPrimaryKeyConstraint('sessions_key', ['account_id', 'client_id'])
    .execute()
}

async function createSubscriptions(db: Kysely<unknown>): Promise<void> {
  await createKeyedTable(db, 'session_subscriptions')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'bigint', (column) => column.notNull())
    .addColumn('filter', 'text', (column) => column.notNull())
    .addColumn('qos', 'integer', (column) => column.notNull())
    .addColumn('no_local', 'integer', (column) => column.notNull())
    .addColumn('retain_as_published', 'integer', (column) => column.notNull())
    .addColumn('identifier', 'bigint')
    .addPrimaryKeyConstraint('session_subscriptions_key', ['account_id', 'session_id', 'filter'])
    .execute()
}

async function createMessages(db: Kysely<unknown>): Promise<void> {
  await createKeyedTable(db, 'session_messages')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('session_id', 'bigint', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('topic', 'text', (column) => column.notNull())
    .addColumn('payload', 'bytea', (column) => column.notNull())
    .addColumn('qos', 'integer', (column) => column.notNull())
    .addColumn('retain', 'integer', (column) => column.notNull())
    .addColumn('properties', 'text')
    .addColumn('identifiers', 'text')
    .addColumn('expires_at', 'bigint')
    .addColumn('state', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('session_messages_key', ['account_id', 'session_id', 'seq'])
    .execute()
}
