import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRole } from '../../../test/helpers/fleet.ts'
import { patienceMs } from '../../../test/helpers/patience.ts'
import { keptMs } from './task.ts'
import { linesOf, openTestBulk, openTestBulkOn, code } from './testing/test-bulk.ts'

let test: Awaited<ReturnType<typeof openTestBulk>>
beforeEach(async () => void (test = await openTestBulk()))
afterEach(() => test[Symbol.asyncDispose]())

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
