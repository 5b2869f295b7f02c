/** Bulk registration as its clients see it: signed calls, reports by address, kill -9 on the way, an S3 of somebody else. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  DescribeThingRegistrationTaskCommand,
  ListThingRegistrationTaskReportsCommand,
  ListThingRegistrationTasksCommand,
  ListThingsCommand,
  paginateListThings,
  StartThingRegistrationTaskCommand,
  StopThingRegistrationTaskCommand,
} from '@aws-sdk/client-iot'
import { expect, it } from 'vitest'
import { findByDataDirectory, targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { createRole } from '../helpers/jitr.ts'
import { motoKey, startMoto } from '../helpers/moto.ts'
import { patienceMs } from '../helpers/patience.ts'
import { isOnPath } from '../helpers/programs.ts'
import { freshDirectory, startServerProcess, startTestServer, type TestServer } from '../helpers/server.ts'

const templateBody = JSON.stringify({
  Parameters: { ThingName: { Type: 'String' }, SerialNumber: { Type: 'String' } },
  Resources: {
    thing: {
      Type: 'AWS::IoT::Thing',
      Properties: {
        ThingName: { Ref: 'ThingName' },
        AttributePayload: { serial: { Ref: 'SerialNumber' } },
      },
    },
  },
})

const line = (index: number) =>
  `${JSON.stringify({ ThingName: `lamp-${index}`, SerialNumber: `${index}` })}\n`
const linesOf = (count: number) => Array.from({ length: count }, (_, index) => line(index)).join('')

function put(dataDir: string, key: string, text: string): void {
  const directory = join(dataDir, 'buckets', 'fleet')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, key), text)
}

const makeRole = (server: TestServer) =>
  createRole(server, {
    name: 'bulk',
    service: 'iot.amazonaws.com',
    actions: ['iot:CreateThing', 's3:GetObject'],
  })

async function start({ iot }: TestServer, roleArn: string, inputFileKey = 'in.json'): Promise<string> {
  const input = { templateBody, roleArn, inputFileBucket: 'fleet', inputFileKey }
  const { taskId } = await iot.send(new StartThingRegistrationTaskCommand(input))
  return taskId!
}

const describeTask = ({ iot }: TestServer, taskId: string) =>
  iot.send(new DescribeThingRegistrationTaskCommand({ taskId }))

/** Resolves once so many lines are done, or no more will be. */
async function untilDone(server: TestServer, taskId: string, lines: number) {
  for (;;) {
    const task = await describeTask(server, taskId)
    if (task.successCount! >= lines || task.status !== 'InProgress') return task
  }
}

async function untilEnded(server: TestServer, taskId: string) {
  await expect
    .poll(async () => (await describeTask(server, taskId)).status, { timeout: patienceMs })
    .not.toMatch(/InProgress|Cancelling/)
  return describeTask(server, taskId)
}

/** Of the journal, those of a task. */
async function entriesOf({ dataDir }: TestServer, taskId: string) {
  const request = { service: 'muster', method: 'GET' as const, path: '/muster/v1/journal?limit=200' }
  const { entries } = (await signedRequest(targetOf(findByDataDirectory(dataDir)), request)) as {
    entries: { details: Record<string, unknown> }[]
  }
  return entries.filter(({ details }) => details['task'] === taskId)
}

async function thingNames({ iot }: TestServer): Promise<string[]> {
  const names: string[] = []
  for await (const page of paginateListThings({ client: iot, pageSize: 250 }, {}))
    names.push(...page.things!.map(({ thingName }) => thingName!))
  return names
}

async function readReport({ iot }: TestServer, taskId: string, reportType: 'ERRORS' | 'RESULTS') {
  const { resourceLinks } = await iot.send(
    new ListThingRegistrationTaskReportsCommand({ taskId, reportType }),
  )
  const texts = await Promise.all(resourceLinks!.map(async (link) => (await fetch(link)).text()))
  return texts.flatMap((text) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((one) => JSON.parse(one) as { lineNumber: number; errorCode?: string }),
  )
}

it('carries out each of 5,000 lines once when it is killed in the middle, and answers others meanwhile', async () => {
  const count = 5000
  const dataDir = freshDirectory()
  put(dataDir, 'in.json', `${linesOf(count)}{"ThingName":"no serial"}\n`)
  let server = await startServerProcess({ 'data-dir': dataDir })
  const roleArn = await makeRole(server)
  const taskId = await start(server, roleArn)
  const done: number[] = []
  for (const moment of [1000, 1500, 2000]) {
    const { successCount = 0, status } = await untilDone(server, taskId, moment)
    if (status !== 'InProgress') break // it was faster than this test
    done.push(successCount)
    await pause(done.length) // at another moment of a batch each time
    await server.kill()
    server = await startServerProcess({ 'data-dir': dataDir })
  }
  const answered: number[] = []
  for (;;) {
    const { status, successCount = 0 } = await describeTask(server, taskId)
    if (status !== 'InProgress') break
    await server.iot.send(new ListThingsCommand({ maxResults: 1 }))
    answered.push(successCount)
  }
  expect(await untilEnded(server, taskId)).toMatchObject({
    status: 'Completed',
    successCount: count,
    failureCount: 1,
    percentageProgress: 100,
  })
  expect(done[0]).toBeLessThan(count) // else nothing was interrupted
  expect(new Set(answered).size).toBeGreaterThan(1) // other calls went between
  const names = await thingNames(server)
  expect(names).toHaveLength(count)
  expect(new Set(names).size).toBe(count)
  const results = await readReport(server, taskId, 'RESULTS')
  expect(results.map(({ lineNumber }) => lineNumber)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  )
  expect(await readReport(server, taskId, 'ERRORS')).toMatchObject([
    { lineNumber: count + 1, errorCode: 'InvalidRequestException' },
  ])
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

it('is told of once, by an entry that is there whenever the task has ended, when the server is killed about its end', async () => {
  const dataDir = freshDirectory()
  put(dataDir, 'in.json', linesOf(20))
  let server = await startServerProcess({ 'data-dir': dataDir })
  const roleArn = await makeRole(server)
  const ended: number[] = []
  for (let kill = 0; kill < 6; kill++) {
    const taskId = await start(server, roleArn)
    if (kill % 2 === 0) while ((await describeTask(server, taskId)).status === 'InProgress'); // at once after it can be heard of
    await pause(kill) // somewhere about it
    await server.kill()
    server = await startServerProcess({ 'data-dir': dataDir })
    await untilEnded(server, taskId)
    ended.push((await entriesOf(server, taskId)).length)
  }
  expect(ended).toEqual([1, 1, 1, 1, 1, 1])
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

it('is stopped, listed, and told of over the API', async () => {
  await using server = await startTestServer()
  put(server.dataDir, 'in.json', linesOf(3000))
  const roleArn = await makeRole(server)
  const taskId = await start(server, roleArn)
  await expect(start(server, roleArn)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await server.iot.send(new StopThingRegistrationTaskCommand({ taskId }))
  const { status, successCount } = await untilEnded(server, taskId)
  expect(status).toBe('Cancelled')
  expect(await thingNames(server)).toHaveLength(successCount!)
  const { taskIds } = await server.iot.send(new ListThingRegistrationTasksCommand({ status: 'Cancelled' }))
  expect(taskIds).toEqual([taskId])
  expect((await fetch(`${server.endpoints.apiUrl}/thing-registration-tasks/reports/x`)).status).toBe(403)
})

const hasMoto = isOnPath('moto_server')
if (!hasMoto)
  console.warn('skipped for want of moto_server: an S3 of somebody else (pip install "moto[server]")')

it.skipIf(!hasMoto)('takes its input from moto’s S3', async () => {
  await using moto = await startMoto('fleet')
  await moto.bucket.put('2026/in.json', Buffer.from(linesOf(100)))
  await using server = await startTestServer({
    bulkS3Endpoint: moto.url,
    serviceAccessKeyId: motoKey.accessKeyId,
    serviceSecretAccessKey: motoKey.secretAccessKey,
  })
  const roleArn = await makeRole(server)
  const taskId = await start(server, roleArn, '2026/in.json')
  expect(await untilEnded(server, taskId)).toMatchObject({ status: 'Completed', successCount: 100 })
  const missing = await untilEnded(server, await start(server, roleArn, 'missing.json'))
  expect(missing).toMatchObject({ status: 'Failed', message: 'fleet/missing.json does not exist' })
})
