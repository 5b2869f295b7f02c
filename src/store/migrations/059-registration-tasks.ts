import type { Migration } from 'kysely/migration'

/** Things that are registered in bulk: how far each task got, and what became of its lines. */
export const registrationTasks: Migration = {
  async up(db) {
    await db.schema
      .createTable('registration_tasks')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('task_id', 'text', (column) => column.notNull())
      .addColumn('template_body', 'text', (column) => column.notNull())
      .addColumn('input_bucket', 'text', (column) => column.notNull())
      .addColumn('input_key', 'text', (column) => column.notNull())
      .addColumn('role_arn', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('message', 'text')
      // of the input, once it was read
      .addColumn('input_bytes', 'bigint')
      .addColumn('input_sha256', 'text')
      // where the next line begins, and its number
      .addColumn('next_offset', 'bigint', (column) => column.notNull())
      .addColumn('next_line', 'bigint', (column) => column.notNull())
      .addColumn('success_count', 'bigint', (column) => column.notNull())
      .addColumn('failure_count', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('modified_at', 'bigint', (column) => column.notNull())
      .addColumn('ended_at', 'bigint')
      // whose it is to carry out, while it has not ended; one server alone has no name
      .addColumn('active_node', 'text')
      .addPrimaryKeyConstraint('registration_tasks_key', ['account_id', 'task_id'])
      .execute()
    await db.schema
      .createIndex('registration_tasks_by_status')
      .on('registration_tasks')
      .columns(['account_id', 'status', 'task_id'])
      .execute()
    await db.schema
      .createIndex('registration_tasks_by_node')
      .on('registration_tasks')
      .columns(['active_node'])
      .where('active_node', 'is not', null)
      .execute()
    await db.schema
      .createIndex('registration_tasks_by_end')
      .on('registration_tasks')
      .columns(['ended_at'])
      .where('ended_at', 'is not', null)
      .execute()
    await db.schema
      .createTable('registration_task_reports')
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('task_id', 'text', (column) => column.notNull())
      .addColumn('report_type', 'text', (column) => column.notNull())
      .addColumn('first_line', 'bigint', (column) => column.notNull())
      .addColumn('lines', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('registration_task_reports_key', [
        'account_id',
        'task_id',
        'report_type',
        'first_line',
      ])
      .execute()
  },
}
