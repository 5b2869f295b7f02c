import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { accountId } from '../../../test/helpers/fleet.ts'
import { patienceMs } from '../../../test/helpers/patience.ts'
import type { Store } from '../../store/index.ts'
import { findThing } from '../../registry/things/index.ts'
import { adoptTasks, findTask, insertTask } from './store.ts'
import { type RegistrationTask } from './task.ts'
import {
  linesOf,
  openTestBulk,
  openTestBulkOn,
  thingTemplate,
  code,
  names,
  thingNames,
} from './testing/test-bulk.ts'

let test: Awaited<ReturnType<typeof openTestBulk>>
beforeEach(async () => void (test = await openTestBulk()))
afterEach(() => test[Symbol.asyncDispose]())

describe('a bulk registration', () => {
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
    expect(await thingNames(test.fleet)).toHaveLength(2000)
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
    expect(await thingNames(test.fleet)).toHaveLength(task.successCount)
    await expect(stop()).rejects.toEqual(code('InvalidRequestException'))
    expect(await test.start()).not.toBe(taskId)
  })

  it.each([
    ['fail', false],
    ['lose their answer', true],
  ])('tells once of each line, and once of its end, when commits %s', async (_, isCommitted) => {
    let transactions = 0
    const { store: whole } = test.fleet
    const store: Store = {
      ...whole,
      async transact(work, ...more) {
        const isToFail = ++transactions % 2 === 1
        const done = await whole.transact(
          async (db) => {
            const value = await work(db)
            if (isToFail && !isCommitted) throw new Error('the disk is full')
            return value
          },
          ...more,
        )
        if (isToFail) throw new Error('nothing was answered')
        return done
      },
    }
    const bulk = openTestBulkOn(test.fleet, { store })
    test.put('in.json', `${linesOf(...names(90))}{}\n`)
    const { taskId } = await leftTask({})
    await expect
      .poll(
        async () => {
          bulk.look()
          return (await bulk.describeTask(taskId)).status
        },
        { timeout: patienceMs },
      )
      .toBe('Completed')
    await bulk.bulk[Symbol.asyncDispose]()
    expect(bulk.errors.length).toBeGreaterThan(2)
    expect(await bulk.describeTask(taskId)).toMatchObject({ successCount: 90, failureCount: 1 })
    const lines = async (reportType: 'RESULTS' | 'ERRORS') =>
      (await test.report(taskId, reportType)).map(({ lineNumber }) => lineNumber)
    expect(await lines('RESULTS')).toEqual(names(90).map((_name, index) => index + 1))
    expect(await lines('ERRORS')).toEqual([91])
    expect(await bulk.entriesOf(taskId)).toMatchObject([{ details: { succeeded: 90, failed: 1 } }])
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
    expect(await thingNames(test.fleet)).toEqual([])
  })
})

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
