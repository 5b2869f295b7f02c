/** What became of the lines of a task, a row for each batch and kind of report. */
import type { ReportType } from '@aws-sdk/client-iot'
import type { Db } from '../../store/index.ts'
import type { TaskKey } from './task.ts'

export interface ReportPart {
  reportType: ReportType
  /** Number of the first line of the batch. */
  firstLine: number
  /** JSON texts, each with a newline. */
  lines: string
}

export async function insertPart(
  db: Db,
  { accountId, taskId }: TaskKey,
  { reportType, firstLine, lines }: ReportPart,
): Promise<void> {
  await db
    .insertInto('registration_task_reports')
    .values({ account_id: accountId, task_id: taskId, report_type: reportType, first_line: firstLine, lines })
    .execute()
}

/** The parts that follow a line, in their order. */
export async function listParts(
  db: Db,
  { accountId, taskId }: TaskKey,
  { reportType, afterLine, limit }: { reportType: ReportType; afterLine: number; limit: number },
): Promise<Pick<ReportPart, 'firstLine' | 'lines'>[]> {
  return db
    .selectFrom('registration_task_reports')
    .select(['first_line as firstLine', 'lines'])
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .where('report_type', '=', reportType)
    .where('first_line', '>', afterLine)
    .orderBy('first_line')
    .limit(limit)
    .execute()
}

/** Those of batches that begin in the lines. */
export async function deleteParts(
  db: Db,
  { accountId, taskId }: TaskKey,
  { reportType, from, to }: { reportType: ReportType; from: number; to: number },
): Promise<void> {
  await db
    .deleteFrom('registration_task_reports')
    .where('account_id', '=', accountId)
    .where('task_id', '=', taskId)
    .where('report_type', '=', reportType)
    .where('first_line', '>=', from)
    .where('first_line', '<', to)
    .execute()
}
