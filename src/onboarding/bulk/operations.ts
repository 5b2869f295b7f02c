import { randomUUIDv7 } from 'node:crypto'
import type * as Iot from '@aws-sdk/client-iot'
import type { Identities } from '../../access/identities/index.ts'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { parsePage, toPage } from '../../api/aws/page.ts'
import type { Db, Store } from '../../store/index.ts'
import { TemplateError, type ParseTemplate } from '../templates/index.ts'
import { openProvisioningRole } from '../provisioning-templates/index.ts'
import { findNameFault } from './bucket-directory.ts'
import type { Reports } from './reports.ts'
import { askToStop, findActive, findTask, insertTask, listTaskIds } from './store.ts'
import { percentageOf, type RegistrationTask } from './task.ts'

export interface BulkOperationsDeps {
  store: Store
  identities: Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>
  parseTemplate: ParseTemplate
  now: () => Date
  /** Empty where one server has the database. */
  nodeName: string
  /** There is a task to begin. */
  wake: () => void
  reports: Pick<Reports, 'linkTo'>
}

export function bulkOperations(deps: BulkOperationsDeps) {
  const { store, now, nodeName, wake, reports } = deps
  return {
    async StartThingRegistrationTask(input, context) {
      checkInput(deps, input)
      await checkRole(deps, input.roleArn, context)
      const task = newTask(input, context.accountId, now())
      await store.transact(async (db) => {
        await checkIsOnlyOne(db, context.accountId)
        await insertTask(db, task, nodeName)
      })
      wake()
      return { taskId: task.taskId }
    },

    async StopThingRegistrationTask({ taskId }, { accountId }) {
      await store.transact(async (db) => {
        if (await askToStop(db, { accountId, taskId }, now())) return
        const { status } = await getTask(db, accountId, taskId)
        throw iotError(
          'InvalidRequestException',
          `only a task that is InProgress can be stopped; it is ${status}`,
        )
      })
      wake()
    },

    async DescribeThingRegistrationTask({ taskId }, { accountId }) {
      const task = await getTask(store.read, accountId, taskId)
      const { templateBody, inputFileBucket, inputFileKey, roleArn, status, message } = task
      const { creationDate, lastModifiedDate, successCount, failureCount } = task
      return {
        taskId,
        creationDate,
        lastModifiedDate,
        templateBody,
        inputFileBucket,
        inputFileKey,
        roleArn,
        status,
        message,
        successCount,
        failureCount,
        percentageProgress: percentageOf(task),
      }
    },

    async ListThingRegistrationTasks({ status, ...paging }, { accountId }) {
      const page = parsePage(paging)
      const found = await listTaskIds(store.read, accountId, status, page)
      const { rows: taskIds, nextToken } = toPage(found, page, (taskId) => taskId)
      return { taskIds, nextToken }
    },

    async ListThingRegistrationTaskReports({ taskId, reportType }, { accountId, serverUrl }) {
      const task = await findTask(store.read, { accountId, taskId })
      if (!task) throw iotError('InvalidRequestException', `no task ${taskId}`)
      const lines = reportType === 'RESULTS' ? task.successCount : task.failureCount
      const links = lines === 0 || serverUrl === undefined ? [] : [serverUrl]
      return {
        reportType,
        resourceLinks: links.map((url) => url + reports.linkTo(accountId, taskId, reportType)),
      }
    },
  } satisfies Partial<Operations<typeof Iot>>
}

type StartInput = Pick<RegistrationTask, 'templateBody' | 'inputFileBucket' | 'inputFileKey' | 'roleArn'>

function checkInput({ parseTemplate }: BulkOperationsDeps, input: StartInput): void {
  const fault = findNameFault({ bucket: input.inputFileBucket, key: input.inputFileKey })
  if (fault !== undefined) throw iotError('InvalidRequestException', fault)
  try {
    parseTemplate(input.templateBody, 'REGISTER_THING')
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause
    throw iotError('InvalidRequestException', `templateBody: ${cause.message}`)
  }
}

/** @throws {AwsError} when the caller may not hand out the role, or AWS IoT may not take it on */
async function checkRole(
  { identities }: BulkOperationsDeps,
  roleArn: string,
  { accountId, authorize }: CallContext,
): Promise<void> {
  await authorize('iam:PassRole', roleArn, { 'iam:PassedToService': 'iot.amazonaws.com' })
  await openProvisioningRole(identities, { accountId, roleArn })
}

/** AWS IoT Developer Guide, "Bulk registration": one task at a time. assumed: the error. */
async function checkIsOnlyOne(db: Db, accountId: string): Promise<void> {
  const other = await findActive(db, accountId)
  if (other === undefined) return
  throw iotError('InvalidRequestException', `one task at a time: ${other} has not ended`)
}

const newTask = (input: StartInput, accountId: string, at: Date): RegistrationTask => ({
  accountId,
  taskId: randomUUIDv7(), // so that the newest are found by their ids
  templateBody: input.templateBody,
  inputFileBucket: input.inputFileBucket,
  inputFileKey: input.inputFileKey,
  roleArn: input.roleArn,
  status: 'InProgress',
  nextOffset: 0,
  nextLine: 1,
  successCount: 0,
  failureCount: 0,
  creationDate: at,
  lastModifiedDate: at,
})

/** @throws {AwsError} `ResourceNotFoundException` */
async function getTask(db: Db, accountId: string, taskId: string): Promise<RegistrationTask> {
  const task = await findTask(db, { accountId, taskId })
  if (!task) throw iotError('ResourceNotFoundException', `no task ${taskId}`)
  return task
}
