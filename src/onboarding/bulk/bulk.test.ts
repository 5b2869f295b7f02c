import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeCsr } from '../../../test/helpers/certificates.ts'
import { accountId, createRole, policyText, region } from '../../../test/helpers/fleet.ts'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { testPostgres } from '../../../test/helpers/postgres/databases.ts'
import { findThing } from '../../registry/things/index.ts'
import { adoptTasks, findTask, insertTask } from './store.ts'
import { keptMs, type RegistrationTask } from './task.ts'
import type { JournalEntry } from '../../observability/journal/index.ts'
import { linesOf, openTestBulk, openTestBulkOn, thingTemplate } from './testing/test-bulk.ts'

let test: Awaited<ReturnType<typeof openTestBulk>>
beforeEach(async () => {
  test = await openTestBulk()
})
afterEach(() => test[Symbol.asyncDispose]())

const thingNames = async () => {
  const rows = await test.fleet.store.read
    .selectFrom('things')
    .select('thing_name')
    .orderBy('thing_name')
    .execute()
  return rows.map(({ thing_name }) => thing_name)
}
const code = (expected: string) => expect.objectContaining({ code: expected }) as Error
const names = (count: number) => Array.from({ length: count }, (_, index) => `lamp-${index}`)

describe('a bulk registration', () => {
  it('makes a thing of each line, and tells what became of it', async () => {
    test.put('in.json', linesOf(...names(50)))
    const taskId = await test.start()
    const task = await test.ended(taskId)
    expect(task).toMatchObject({
      taskId,
      status: 'Completed',
      successCount: 50,
      failureCount: 0,
      percentageProgress: 100,
      inputFileBucket: 'fleet',
      inputFileKey: 'in.json',
      message: undefined,
    })
    expect(await thingNames()).toEqual(names(50).toSorted())
    const results = await test.report(taskId, 'RESULTS')
    expect(results).toHaveLength(50)
    expect(results[49]).toEqual({
      lineNumber: 50,
      offset: Buffer.byteLength(linesOf(...names(49))),
      response: { resourceArns: { thing: `arn:aws:iot:${region}:${accountId}:thing/lamp-49` } },
    })
    expect(await test.report(taskId, 'ERRORS')).toEqual([])
    expect(test.fleet.entries.at(-1)).toMatchObject({
      code: 'bulk-registered',
      details: { task: taskId, succeeded: 50, failed: 0 },
    })
    await expect.poll(() => readdirSync(test.inputs.copiesDirectory)).toEqual([])
  })

  // where a question overtakes no commit: on PostgreSQL it goes another way
  it.skipIf(testPostgres() !== undefined).each([
    ['Completed', 'in.json'],
    ['Failed', 'missing.json'],
  ])('is written down before anybody hears that it has ended: %s', async (status, inputFileKey) => {
    let meanwhile: ReturnType<typeof test.describeTask> | undefined
    const hear = ({ details }: JournalEntry) => {
      meanwhile = bulk.describeTask(String(details?.['task']))
    }
    await using bulk = await openTestBulk({ hear })
    bulk.put('in.json', linesOf(...names(3)))
    const taskId = await bulk.start({ inputFileKey })
    expect(await bulk.ended(taskId)).toMatchObject({ status })
    expect(await meanwhile).toMatchObject({ taskId, status: 'InProgress' })
  })

  it('does each line whole or not at all, whatever becomes of those beside it', async () => {
    const templateBody = JSON.stringify({
      Parameters: { ThingName: { Type: 'String' }, Group: { Type: 'String' } },
      Resources: {
        thing: {
          Type: 'AWS::IoT::Thing',
          Properties: { ThingName: { Ref: 'ThingName' }, ThingGroups: [{ Ref: 'Group' }] },
        },
      },
    })
    const line = (ThingName: string, Group = 'none') => JSON.stringify({ ThingName, Group })
    test.put('in.json', [line('a'), '{"ThingName":', '', '{"ThingName":"b"}', line('c d')].join('\n'))
    const taskId = await test.start({ templateBody })
    expect(await test.ended(taskId)).toMatchObject({
      status: 'Completed',
      successCount: 0,
      failureCount: 4,
      percentageProgress: 100,
    })
    expect(await thingNames()).toEqual([])
    const errors = await test.report(taskId, 'ERRORS')
    expect(errors.map(({ lineNumber, errorCode }) => [lineNumber, errorCode])).toEqual([
      [1, 'ResourceRegistrationFailureException'],
      [2, 'InvalidRequestException'],
      [4, 'InvalidRequestException'],
      [5, 'InvalidRequestException'],
    ])
    expect(errors[0]!['errorMessage']).toMatch(/AddThingToThingGroup .* no thing group named none/)
    await expect.poll(() => test.fleet.entries.at(-1)).toMatchObject({ code: 'bulk-not-registered' })
  })

  it('does lines beside each other as if they came one after the other: what fails, what is named twice, what is new', async () => {
    const templateBody = JSON.stringify({
      Parameters: { ThingName: { Type: 'String' }, Group: { Type: 'String' }, Version: { Type: 'String' } },
      Resources: {
        thing: {
          Type: 'AWS::IoT::Thing',
          Properties: {
            ThingName: { Ref: 'ThingName' },
            BillingGroup: { Ref: 'Group' },
            AttributePayload: { version: { Ref: 'Version' } },
          },
          OverrideSettings: { AttributePayload: 'REPLACE' },
        },
      },
    })
    const billingGroup = {
      account_id: accountId,
      billing_group_name: 'lamps',
      billing_group_id: 'x',
      description: '',
      version: 1,
      creation_date: 0,
    }
    await test.fleet.store.transact((db) => db.insertInto('billing_groups').values(billingGroup).execute())
    const line = (ThingName: string, Version: string, Group = 'lamps') =>
      JSON.stringify({ ThingName, Version, Group })
    const lines = [
      ...names(30).map((name) => line(name, '1')),
      line('lamp-3', '2'),
      line('lamp-3', '3'),
      line('lamp-30', '1', 'nobody'),
      line('lamp-31', '1'),
    ]
    test.put('in.json', lines.join('\n'))
    const taskId = await test.start({ templateBody })
    expect(await test.ended(taskId)).toMatchObject({ successCount: 33, failureCount: 1 })
    expect(await thingNames()).toEqual([...names(30), 'lamp-31'].toSorted())
    const versions = await Promise.all(
      ['lamp-2', 'lamp-3'].map((name) => findThing(test.fleet.store.read, accountId, name)),
    )
    expect(versions).toMatchObject([{ attributes: { version: '1' } }, { attributes: { version: '3' } }])
    const errors = await test.report(taskId, 'ERRORS')
    expect(errors.map(({ lineNumber, errorCode }) => [lineNumber, errorCode])).toEqual([
      [33, 'ResourceRegistrationFailureException'],
    ])
    const results = await test.report(taskId, 'RESULTS')
    expect(results.map(({ lineNumber }) => lineNumber)).toEqual([
      ...Array.from({ length: 32 }, (_, at) => at + 1),
      34,
    ])
  })

  it('gives each device the certificate that was issued for its CSR', async () => {
    const templateBody = JSON.stringify({
      Parameters: { ThingName: { Type: 'String' }, CSR: { Type: 'String' } },
      Resources: {
        thing: { Type: 'AWS::IoT::Thing', Properties: { ThingName: { Ref: 'ThingName' } } },
        certificate: {
          Type: 'AWS::IoT::Certificate',
          Properties: { CertificateSigningRequest: { Ref: 'CSR' }, Status: 'ACTIVE' },
        },
        policy: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: policyText } },
      },
    })
    const lines = names(3).map((ThingName) => JSON.stringify({ ThingName, CSR: makeCsr().csrPem }))
    test.put('in.json', lines.join('\n'))
    const taskId = await test.start({ templateBody })
    expect(await test.ended(taskId)).toMatchObject({ successCount: 3 })
    const results = await test.report(taskId, 'RESULTS')
    const pems = results.map(({ response }) => (response as { certificatePem: string }).certificatePem)
    expect(new Set(pems).size).toBe(3)
    for (const pem of pems) expect(pem).toContain('BEGIN CERTIFICATE')
    const stored = await test.fleet.store.read.selectFrom('certificates').select('certificate_pem').execute()
    expect(stored.map(({ certificate_pem }) => certificate_pem).toSorted()).toEqual(pems.toSorted())
  })

  it('is one at a time, and goes on where it was when the server stopped', async () => {
    test.put('in.json', linesOf(...names(2000)))
    const taskId = await test.start()
    await expect(test.start()).rejects.toEqual(code('InvalidRequestException'))
    await vi.waitFor(async () => expect((await test.describeTask(taskId)).successCount).toBeGreaterThan(0), {
      timeout: patienceMs,
      interval: 1,
    })
    await test.bulk[Symbol.asyncDispose]()
    const { status, successCount, percentageProgress } = await test.describeTask(taskId)
    expect(status).toBe('InProgress')
    expect(successCount).toBeLessThan(2000)
    const done = Buffer.byteLength(linesOf(...names(successCount)))
    const all = Buffer.byteLength(linesOf(...names(2000)))
    expect(percentageProgress).toBe(Math.floor((done * 100) / all))
    writeFileSync(join(test.inputs.copiesDirectory, 'of-another.draft'), '')
    const again = openTestBulkOn(test.fleet)
    again.resume()
    expect(await again.ended(taskId)).toMatchObject({
      status: 'Completed',
      successCount: 2000,
      failureCount: 0,
    })
    expect(await thingNames()).toHaveLength(2000)
    const lines = (await again.report(taskId, 'RESULTS')).map(({ lineNumber }) => lineNumber)
    expect(lines).toEqual(names(2000).map((_, index) => index + 1))
    await again.bulk[Symbol.asyncDispose]()
    expect(readdirSync(test.inputs.copiesDirectory)).toEqual([])
  })

  it('ends where it is when it is stopped', async () => {
    test.put('in.json', linesOf(...names(2000)))
    const taskId = await test.start()
    const stop = () => test.operations.StopThingRegistrationTask({ taskId }, test.fleet.context)
    await stop()
    const task = await test.ended(taskId)
    expect(task.status).toBe('Cancelled')
    expect(task.successCount).toBeLessThan(2000)
    expect(await thingNames()).toHaveLength(task.successCount)
    await expect(stop()).rejects.toEqual(code('InvalidRequestException'))
    expect(await test.start()).not.toBe(taskId)
  })

  it('that was to be stopped when the server stopped is stopped', async () => {
    const task = await leftTask({ status: 'Cancelling' })
    test.resume()
    expect(await test.ended(task.taskId)).toMatchObject({ status: 'Cancelled' })
  })

  it('of a node that is gone is carried out by the one that adopts it, in its own name', async () => {
    test.put('in.json', linesOf('lamp'))
    const { taskId } = await leftTask({}, 'gone')
    test.look()
    const { store } = test.fleet
    await store.transact((db) => adoptTasks(db, { from: 'gone', to: '' }))
    test.look()
    expect(await test.ended(taskId)).toMatchObject({ status: 'Completed', successCount: 1 })
  })

  it('fails when its input is another one than it was', async () => {
    test.put('in.json', linesOf('lamp'))
    const input = { bytes: 1, sha256: 'a'.repeat(64) }
    const { taskId } = await leftTask({ input })
    test.resume()
    expect(await test.ended(taskId)).toMatchObject({
      status: 'Failed',
      message: 'fleet/in.json was changed while the task was under way',
    })
    expect(await thingNames()).toEqual([])
  })

  it.each([
    ['there is no such file', { inputFileKey: 'missing' }, /fleet\/missing does not exist/],
    ['the key is a directory', { inputFileKey: 'folder' }, /fleet\/folder is no file/],
    ['there is no such bucket', { inputFileBucket: 'none' }, /has no bucket none/],
  ])('fails when %s', async (_, changes, message) => {
    test.put('folder/in.json', '')
    const task = await test.ended(await test.start(changes))
    expect(task).toMatchObject({ status: 'Failed', percentageProgress: 0 })
    expect(task.message).toMatch(message)
  })

  it('fails when the input is larger than it may be', async () => {
    await using small = await openTestBulk({ maxInputBytes: 10 })
    small.put('in.json', linesOf('lamp'))
    expect(await small.ended(await small.start())).toMatchObject({
      status: 'Failed',
      message: 'fleet/in.json has more than 10 bytes',
    })
    await expect.poll(() => readdirSync(small.inputs.copiesDirectory)).toEqual([])
  })

  it('of an empty file has nothing to do', async () => {
    test.put('in.json', '\n')
    expect(await test.ended(await test.start())).toMatchObject({
      status: 'Completed',
      percentageProgress: 100,
    })
  })
})

describe('its role', () => {
  it('must allow the file to be read', async () => {
    test.put('in.json', linesOf('lamp'))
    const roleArn = await createRole(test.fleet, { name: 'blind', actions: 'iot:*' })
    const task = await test.ended(await test.start({ roleArn }))
    expect(task.status).toBe('Failed')
    expect(task.message).toMatch(
      /not authorized to perform: s3:GetObject on resource: arn:aws:s3:::fleet\/in/,
    )
  })

  it('must allow what the template does', async () => {
    test.put('in.json', linesOf('lamp'))
    const roleArn = await createRole(test.fleet, { name: 'reader', actions: ['s3:GetObject'] })
    const taskId = await test.start({ roleArn })
    expect(await test.ended(taskId)).toMatchObject({ status: 'Completed', failureCount: 1 })
    const [error] = await test.report(taskId, 'ERRORS')
    expect(error).toMatchObject({ lineNumber: 1, errorCode: 'AccessDeniedException' })
    expect(error!['errorMessage']).toContain('iot:CreateThing')
  })

  it('must be there, trust AWS IoT, and be the caller’s to hand out', async () => {
    const stranger = await createRole(test.fleet, { name: 'stranger', service: 'lambda.amazonaws.com' })
    await expect(test.start({ roleArn: stranger })).rejects.toEqual(code('AccessDeniedException'))
    const missing = test.roleArn.replace('bulk', 'missing')
    await expect(test.start({ roleArn: missing })).rejects.toEqual(code('InvalidRequestException'))
    const asked: unknown[] = []
    const nobody = {
      ...test.fleet.context,
      authorize: async (...wanted: unknown[]) => {
        asked.push(wanted)
        throw Object.assign(new Error('denied'), { code: 'AccessDeniedException' })
      },
    }
    await expect(test.start({}, nobody)).rejects.toEqual(code('AccessDeniedException'))
    expect(asked).toEqual([['iam:PassRole', test.roleArn, { 'iam:PassedToService': 'iot.amazonaws.com' }]])
    expect(await list()).toEqual([])
  })
})

describe('a task', () => {
  it.each([
    ['a bucket that is a path', { inputFileBucket: '..' }],
    ['a key that leads out of its bucket', { inputFileKey: '../in.json' }],
    ['a key that begins with a slash', { inputFileKey: '/etc/passwd' }],
    ['a key with a dot among its parts', { inputFileKey: 'a/./b' }],
    ['a template that is none', { templateBody: '{}' }],
  ])('is refused for %s', async (_, changes) => {
    await expect(test.start(changes)).rejects.toEqual(code('InvalidRequestException'))
  })

  it('that is not there is not found', async () => {
    const { context } = test.fleet
    const taskId = 'none'
    const { operations } = test
    const notFound = code('ResourceNotFoundException')
    await expect(operations.DescribeThingRegistrationTask({ taskId }, context)).rejects.toEqual(notFound)
    await expect(operations.StopThingRegistrationTask({ taskId }, context)).rejects.toEqual(notFound)
    const reports = operations.ListThingRegistrationTaskReports({ taskId, reportType: 'ERRORS' }, context)
    await expect(reports).rejects.toEqual(code('InvalidRequestException'))
  })

  it('is listed with others, the newest first, by status, a page at a time', async () => {
    test.put('in.json', linesOf('lamp'))
    const done: string[] = []
    for (let count = 0; count < 3; count++) {
      done.unshift(await test.start())
      await test.ended(done[0]!)
    }
    const failed = await test.start({ inputFileKey: 'missing' })
    await test.ended(failed)
    expect(await list()).toEqual([failed, ...done])
    expect(await list({ status: 'Completed' })).toEqual(done)
    const { context } = test.fleet
    const first = await test.operations.ListThingRegistrationTasks({ maxResults: 3 }, context)
    expect(first.taskIds).toHaveLength(3)
    expect(await list({ nextToken: first.nextToken! })).toEqual([done[2]])
    const elsewhere = { ...context, accountId: '999999999999' }
    expect((await test.operations.ListThingRegistrationTasks({}, elsewhere)).taskIds).toEqual([])
    await expect(
      test.operations.DescribeThingRegistrationTask({ taskId: failed }, elsewhere),
    ).rejects.toEqual(code('ResourceNotFoundException'))
  })

  it('is forgotten with its reports thirty days after it ended', async () => {
    test.put('in.json', `${linesOf('lamp')}broken`)
    const taskId = await test.start()
    await test.ended(taskId)
    await test.bulk[Symbol.asyncDispose]()
    const ended = test.fleet.clock.now
    const sweepAt = async (now: Date) => {
      test.fleet.clock.now = now
      const bulk = openTestBulkOn(test.fleet)
      bulk.resume()
      return bulk
    }
    const early = await sweepAt(new Date(ended.getTime() + keptMs - 1))
    expect(await early.describeTask(taskId)).toMatchObject({ status: 'Completed' })
    await early.bulk[Symbol.asyncDispose]()
    const late = await sweepAt(new Date(ended.getTime() + keptMs))
    await vi.waitFor(() => expect(list()).resolves.toEqual([]), { timeout: patienceMs })
    await late.bulk[Symbol.asyncDispose]()
    const parts = await test.fleet.store.read
      .selectFrom('registration_task_reports')
      .select('first_line')
      .execute()
    expect(parts).toEqual([])
  })
})

it('gives reports to whoever has their address, and to nobody else', async () => {
  test.put('in.json', linesOf('lamp'))
  const taskId = await test.start()
  await test.ended(taskId)
  const { resourceLinks } = await test.operations.ListThingRegistrationTaskReports(
    { taskId, reportType: 'RESULTS' },
    { ...test.fleet.context, serverUrl: 'http://muster' },
  )
  const token = resourceLinks[0]!.split('/reports/')[1]!
  await expect(test.readReport(token.replace('RESULTS', 'ERRORS'))).rejects.toEqual(
    code('AccessDeniedException'),
  )
  test.fleet.clock.now = new Date(test.fleet.clock.now.getTime() + 600_001)
  await expect(test.readReport(token)).rejects.toEqual(code('AccessDeniedException'))
})

const list = async (input: { status?: 'Completed'; nextToken?: string } = {}) =>
  (await test.operations.ListThingRegistrationTasks(input, test.fleet.context)).taskIds

/** A task that a server has left. */
async function leftTask(changes: Partial<RegistrationTask>, nodeName = ''): Promise<RegistrationTask> {
  const at = new Date()
  const task: RegistrationTask = {
    accountId,
    taskId: '01990000-0000-7000-8000-000000000000',
    templateBody: thingTemplate(),
    inputFileBucket: 'fleet',
    inputFileKey: 'in.json',
    roleArn: test.roleArn,
    status: 'InProgress',
    nextOffset: 0,
    nextLine: 1,
    successCount: 0,
    failureCount: 0,
    creationDate: at,
    lastModifiedDate: at,
    ...changes,
  }
  await test.fleet.store.transact((db) => insertTask(db, task, nodeName))
  expect(await findTask(test.fleet.store.read, task)).toMatchObject(changes)
  expect(await findThing(test.fleet.store.read, accountId, 'lamp')).toBeUndefined()
  expect(existsSync(test.inputs.copiesDirectory)).toBe(false)
  return task
}
