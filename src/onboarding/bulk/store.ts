/** The tasks of bulk registration, and how far they got. */
import type { PageRequest } from '../../api/aws/page.ts'
import type { Db, Tables } from '../../store/index.ts'
import type { InputFacts, RegistrationTask, TaskKey, TaskStatus } from './task.ts'

/** Only the node of that name carries it out; the name is empty where one server has the database. */
export async function insertTask(db: Db, task: RegistrationTask, nodeName: string): Promise<void> {
  await db
    .insertInto('registration_tasks')
    .values({ ...toRow(task), active_node: nodeName })
    .execute()
}

export async function findTask(
  db: Db,
  { accountId, taskId }: TaskKey,
): Promise<RegistrationTask | undefined> {
  const row = await db
    .selectFrom('registration_tasks')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** The newest first; one more than the page's limit when there are more. */
export async function listTaskIds(
  db: Db,
  accountId: string,
  status: TaskStatus | undefined,
  page: PageRequest,
): Promise<string[]> {
  let query = db.selectFrom('registration_tasks').select('task_id').where('account_id', '=', accountId)
  if (status !== undefined) query = query.where('status', '=', status)
  if (page.after !== undefined) query = query.where('task_id', '<', page.after)
  const rows = await query
    .orderBy('task_id', 'desc')
    .limit(page.limit + 1)
    .execute()
  return rows.map(({ task_id }) => task_id)
}

/** One of the account that has not ended. */
export async function findActive(db: Db, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('registration_tasks')
    .select('task_id')
    .where('account_id', '=', accountId)
    .where('status', 'in', ['InProgress', 'Cancelling'])
    .limit(1)
    .executeTakeFirst()
  return row?.task_id
}

/** Those that the node has to carry out. */
export async function listActive(db: Db, nodeName: string, limit: number): Promise<TaskKey[]> {
  return db
    .selectFrom('registration_tasks')
    .select(['account_id as accountId', 'task_id as taskId'])
    .where('active_node', '=', nodeName)
    .limit(limit)
    .execute()
}

/** What a node that is gone has left becomes another one's to carry out. */
export async function adoptTasks(db: Db, { from, to }: { from: string; to: string }): Promise<void> {
  await db
    .updateTable('registration_tasks')
    .set({ active_node: to })
    .where('active_node', '=', from)
    .execute()
}

/** False when it is not in progress any more. */
export async function askToStop(db: Db, { accountId, taskId }: TaskKey, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('registration_tasks')
    .set({ status: 'Cancelling', modified_at: now.getTime() })
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .where('status', '=', 'InProgress')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Who carries a task out, and from where: nobody writes over what another one has done. */
export interface Standing extends TaskKey {
  nodeName: string
  nextOffset: number
}

export interface Progress {
  nextOffset: number
  nextLine: number
  succeeded: number
  failed: number
}

/** False when the task was stopped, or is another one's. */
export async function noteProgress(
  db: Db,
  { accountId, taskId, nodeName, nextOffset }: Standing,
  progress: Progress,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('registration_tasks')
    .set((eb) => ({
      next_offset: progress.nextOffset,
      next_line: progress.nextLine,
      success_count: eb('success_count', '+', progress.succeeded),
      failure_count: eb('failure_count', '+', progress.failed),
      modified_at: now.getTime(),
    }))
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .where('status', '=', 'InProgress')
    .where('active_node', '=', nodeName)
    .where('next_offset', '=', nextOffset)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function noteInput(db: Db, { accountId, taskId }: TaskKey, input: InputFacts): Promise<void> {
  await db
    .updateTable('registration_tasks')
    .set({ input_bytes: input.bytes, input_sha256: input.sha256 })
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .execute()
}

export type EndStatus = 'Completed' | 'Failed' | 'Cancelled'

interface Ending {
  status: EndStatus
  message?: string
  nodeName: string
  now: Date
}

/**
 * The task as it ended. `undefined` when it is another node's, when it is to be completed and somebody has asked to stop it, or
 * is to be cancelled and nobody has.
 */
export async function endTask(
  db: Db,
  { accountId, taskId }: TaskKey,
  { status, message, nodeName, now }: Ending,
): Promise<RegistrationTask | undefined> {
  let query = db
    .updateTable('registration_tasks')
    .set({
      status,
      message: message?.slice(0, 2048) ?? null,
      modified_at: now.getTime(),
      ended_at: now.getTime(),
      active_node: null,
    })
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .where('active_node', '=', nodeName)
  if (status !== 'Failed')
    query = query.where('status', '=', status === 'Completed' ? 'InProgress' : 'Cancelling')
  const row = await query.returningAll().executeTakeFirst()
  return row && fromRow(row)
}

/** Those that ended before, the longest ago first. */
export async function listEnded(db: Db, before: Date, limit: number): Promise<RegistrationTask[]> {
  const rows = await db
    .selectFrom('registration_tasks')
    .selectAll()
    .where('ended_at', '<=', before.getTime())
    .orderBy('ended_at')
    .limit(limit)
    .execute()
  return rows.map(fromRow)
}

export async function deleteTask(db: Db, { accountId, taskId }: TaskKey): Promise<void> {
  await db
    .deleteFrom('registration_tasks')
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .execute()
}

type TaskRow = Tables['registration_tasks']

function toRow(task: RegistrationTask): Omit<TaskRow, 'active_node'> {
  return {
    account_id: task.accountId,
    task_id: task.taskId,
    template_body: task.templateBody,
    input_bucket: task.inputFileBucket,
    input_key: task.inputFileKey,
    role_arn: task.roleArn,
    status: task.status,
    message: task.message ?? null,
    input_bytes: task.input?.bytes ?? null,
    input_sha256: task.input?.sha256 ?? null,
    next_offset: task.nextOffset,
    next_line: task.nextLine,
    success_count: task.successCount,
    failure_count: task.failureCount,
    created_at: task.creationDate.getTime(),
    modified_at: task.lastModifiedDate.getTime(),
    ended_at: null,
  }
}

function fromRow(row: TaskRow): RegistrationTask {
  const { input_bytes: bytes, input_sha256: sha256 } = row
  return {
    accountId: row.account_id,
    taskId: row.task_id,
    templateBody: row.template_body,
    inputFileBucket: row.input_bucket,
    inputFileKey: row.input_key,
    roleArn: row.role_arn,
    status: row.status,
    message: row.message ?? undefined,
    ...(bytes !== null && sha256 !== null && { input: { bytes, sha256 } }),
    nextOffset: row.next_offset,
    nextLine: row.next_line,
    successCount: row.success_count,
    failureCount: row.failure_count,
    creationDate: new Date(row.created_at),
    lastModifiedDate: new Date(row.modified_at),
  }
}
