/** Bulk registration on a fleet of its own, for the tests of this folder. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ReportType } from '@aws-sdk/client-iot'
import { expect, vi } from 'vitest'
import { createRole, openFleet, type Fleet } from '../../../../test/helpers/fleet.ts'
import { patienceMs } from '../../../../test/helpers/patience.ts'
import { openBulk } from '../bulk.ts'
import { createLog } from '../../../lib/log.ts'
import { openJournal } from '../../../observability/journal/index.ts'
import type { Store } from '../../../store/index.ts'
import type { InputDeps } from '../input.ts'

export interface TestBulkOptions {
  s3?: InputDeps['s3']
  maxInputBytes?: number
  nodeName?: string
  /** Instead of the fleet's. */
  store?: Store
}

/** A thing of each line, `ThingName`. */
export const thingTemplate = (properties: Record<string, unknown> = {}): string =>
  JSON.stringify({
    Parameters: { ThingName: { Type: 'String' }, Csr: { Type: 'String', Default: '' } },
    Resources: {
      thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'ThingName' }, ...properties } },
    },
  })

export const linesOf = (...names: string[]): string =>
  names.map((ThingName) => `${JSON.stringify({ ThingName })}\n`).join('')

export const names = (count: number) => Array.from({ length: count }, (_, index) => `lamp-${index}`)

export const code = (expected: string) => expect.objectContaining({ code: expected }) as Error

/** Of all things that there are. */
export async function thingNames({ store }: Fleet): Promise<string[]> {
  const rows = await store.read.selectFrom('things').select('thing_name').orderBy('thing_name').execute()
  return rows.map(({ thing_name }) => thing_name)
}

/** A server's bulk registration; several of one fleet stand for its starts. */
export function openTestBulkOn(fleet: Fleet, options: TestBulkOptions = {}) {
  const { directory, context, now } = fleet
  const { store = fleet.store } = options
  const log = createLog('silent')
  const journal = openJournal({ store, log, now, maxEntries: 1000, maxAgeDays: 30 })
  const errors: unknown[] = []
  const inputs = {
    bucketsDirectory: join(directory, 'buckets'),
    copiesDirectory: join(directory, 'registration-inputs'),
    maxInputBytes: options.maxInputBytes ?? 1_000_000,
    s3: options.s3,
  }
  const bulk = openBulk({
    ...fleet,
    store,
    region: context.region,
    nodeName: options.nodeName ?? '',
    inputs,
    now,
    recordWith: journal.recordWith,
    log: { error: (fields: object) => void errors.push(fields) } as never,
  })
  const describeTask = (taskId: string) => bulk.operations.DescribeThingRegistrationTask({ taskId }, context)
  const ended = (taskId: string) => untilEnded(() => describeTask(taskId))
  const put = (key: string, text: string) => {
    const path = join(inputs.bucketsDirectory, 'fleet', key)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const report = (taskId: string, reportType: ReportType) => reportOf(bulk, context, { taskId, reportType })
  /** Of the journal, those of a task. */
  const entriesOf = async (taskId: string) =>
    (await journal.list({ accountId: context.accountId, limit: 100 })).filter(
      ({ details }) => details?.['task'] === taskId,
    )
  return { ...bulk, bulk, inputs, errors, describeTask, ended, put, report, entriesOf }
}

const untilEnded = <Task extends { status: string }>(describeTask: () => Promise<Task>): Promise<Task> =>
  vi.waitFor(
    async () => {
      const task = await describeTask()
      if (['InProgress', 'Cancelling'].includes(task.status)) throw new Error(`it is ${task.status}`)
      return task
    },
    { timeout: patienceMs },
  )

async function reportOf(
  bulk: ReturnType<typeof openBulk>,
  context: Fleet['context'],
  input: { taskId: string; reportType: ReportType },
) {
  const { resourceLinks } = await bulk.operations.ListThingRegistrationTaskReports(input, {
    ...context,
    serverUrl: 'http://muster',
  })
  const texts = await Promise.all(resourceLinks.map((link) => readReport(bulk, link)))
  return texts.flat()
}

async function readReport({ readReport: read }: ReturnType<typeof openBulk>, link: string) {
  const path = new URL(link).pathname.replace('/thing-registration-tasks/reports/', '')
  const chunks = await Array.fromAsync((await read(path)) as AsyncIterable<string>)
  const lines = chunks.join('').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

export async function openTestBulk(options: TestBulkOptions = {}) {
  const fleet = await openFleet()
  const roleArn = await createRole(fleet, { name: 'bulk', actions: ['iot:*', 's3:GetObject'] })
  const bulk = openTestBulkOn(fleet, options)
  const request = {
    templateBody: thingTemplate(),
    inputFileBucket: 'fleet',
    inputFileKey: 'in.json',
    roleArn,
  }
  const start = async (changes: Partial<typeof request> = {}, context = fleet.context) => {
    const { taskId } = await bulk.operations.StartThingRegistrationTask({ ...request, ...changes }, context)
    return taskId
  }
  return {
    ...bulk,
    fleet,
    roleArn,
    start,
    [Symbol.asyncDispose]: async () => {
      await bulk.bulk[Symbol.asyncDispose]()
      await fleet[Symbol.asyncDispose]()
    },
  }
}
