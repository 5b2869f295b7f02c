/** `muster copy` when something goes wrong: killed, throttled, not allowed to read all. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import {
  AttachThingPrincipalCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  CreateTopicRuleCommand,
  ListThingsCommand,
  RegisterCertificateWithoutCACommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { makeCa, makeKey } from '../helpers/certificates.ts'
import { runMuster, type Ended } from '../helpers/muster.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'

const deviceCount = 200
const directory = freshDirectory()
let from: TestServer
beforeAll(async () => {
  from = await startTestServer()
  const ca = makeCa()
  const key = makeKey('P-256')
  for (let index = 0; index < deviceCount; index++) {
    const thingName = `lamp-${index}`
    await from.iot.send(new CreateThingCommand({ thingName }))
    const { certificatePem } = ca.issue({ subject: `CN=${thingName}`, key })
    const { certificateArn: principal } = await from.iot.send(
      new RegisterCertificateWithoutCACommand({ certificatePem, status: 'ACTIVE' }),
    )
    await from.iot.send(new AttachThingPrincipalCommand({ thingName, principal }))
  }
})
afterAll(async () => {
  await from[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const argsFor = (to: TestServer) => ['copy', '--from-data-dir', from.dataDir, '--to-data-dir', to.dataDir]
const countsOf = ({ stdout }: Ended) =>
  (JSON.parse(stdout) as { counts: Record<string, Record<string, number>> }).counts

async function countThings({ iot }: TestServer): Promise<number> {
  const { things } = await iot.send(new ListThingsCommand({ maxResults: 250 }))
  return things!.length
}

it('makes what is missing when it was killed in the middle, and then has nothing to do', async () => {
  await using to = await startTestServer()
  const child = spawn(process.execPath, [musterProgram, ...argsFor(to)], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  while ((await countThings(to)) < deviceCount / 10) expect(child.exitCode).toBeNull()
  child.kill('SIGKILL')
  expect(await exited).toEqual([null, 'SIGKILL'])
  const copied = await countThings(to)
  expect(copied).toBeLessThan(deviceCount)
  const again = await runMuster([...argsFor(to), '--json'], { directory })
  expect(again.stderr).toBe('')
  expect(countsOf(again)).toMatchObject({
    things: { same: copied, made: deviceCount - copied },
    certificates: { same: deviceCount },
    attachments: { made: deviceCount },
  })
  expect(again.code).toBe(0)
  const quiet = await runMuster(argsFor(to), { directory })
  expect(quiet.stdout).toContain('Nothing to do.')
  expect(quiet.code).toBe(0)
})

interface ThrottlingDoor extends AsyncDisposable {
  url: string
  throttled: () => number
}

/** A source that lets every third call through, as AWS does with whoever asks faster than its quota. */
async function openThrottlingDoor(target: string): Promise<ThrottlingDoor> {
  let calls = 0
  let throttled = 0
  const server: Server = createServer((asked, answer) => {
    const isIdentity = asked.method === 'POST' && asked.url === '/'
    if (!isIdentity && calls++ % 3 !== 0) {
      throttled += 1
      asked.resume()
      answer.writeHead(429, { 'x-amzn-errortype': 'ThrottlingException', 'content-type': 'application/json' })
      return void answer.end('{"message":"Rate exceeded"}')
    }
    const { method, headers, url } = asked
    const onward = request(new URL(url!, target), { method: method!, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers)
      response.pipe(answer)
    })
    asked.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    throttled: () => throttled,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

it('asks again, more slowly, when the source throttles', async () => {
  await using to = await startTestServer()
  await using door = await openThrottlingDoor(from.endpoints.apiUrl)
  const args = ['copy', '--from', door.url, '--from-data-dir', from.dataDir, '--to-data-dir', to.dataDir]
  const ended = await runMuster([...args, '--only', 'things,thing-groups', '--json'], { directory })
  expect(countsOf(ended)).toMatchObject({ things: { made: deviceCount } })
  expect(ended.code).toBe(0)
  expect(door.throttled()).toBeGreaterThan(0)
})

it('says what it may not read by the name of the operation, and copies the rest', async () => {
  await using to = await startTestServer()
  await from.iot.send(new CreateThingGroupCommand({ thingGroupName: 'site' }))
  await from.iot.send(new CreateThingGroupCommand({ thingGroupName: 'secret' }))
  const topicRulePayload = { sql: 'SELECT * FROM "a"', actions: [], awsIotSqlVersion: '2016-03-23' }
  await from.iot.send(new CreateTopicRuleCommand({ ruleName: 'unseen', topicRulePayload }))
  await from.iam.send(new CreateUserCommand({ UserName: 'reader' }))
  const Statement = [
    { Effect: 'Allow', Action: ['iot:List*', 'iot:Describe*', 'iot:Get*'], Resource: '*' },
    { Effect: 'Deny', Action: 'iot:ListTopicRules', Resource: '*' },
    { Effect: 'Deny', Action: 'iot:DescribeThingGroup', Resource: 'arn:aws:iot:*:*:thinggroup/secret' },
  ]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await from.iam.send(new PutUserPolicyCommand({ UserName: 'reader', PolicyName: 'read', PolicyDocument }))
  const { AccessKey } = await from.iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
  const environment = {
    AWS_ACCESS_KEY_ID: AccessKey!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: AccessKey!.SecretAccessKey!,
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1', // --from says where
  }
  const args = ['copy', '--from', from.endpoints.apiUrl, '--to-data-dir', to.dataDir, '--json']
  const ended = await runMuster(args, { directory, environment })
  expect(ended.stderr).toBe('')
  const { items } = JSON.parse(ended.stdout) as { items: object[] }
  const unread = { state: 'unread' }
  expect(items).toEqual([
    {
      kind: 'thing-groups',
      name: 'secret',
      ...unread,
      why: expect.stringContaining('DescribeThingGroup at the source: '),
    },
    { kind: 'rules', name: '*', ...unread, why: expect.stringContaining('ListTopicRules at the source: ') },
  ])
  expect(countsOf(ended)).toMatchObject({ things: { made: deviceCount }, 'thing-groups': { made: 1 } })
  expect(ended.code).toBe(1)
})

it('reaches an API behind TLS by the root that the server made for it', async () => {
  await using to = await startTestServer({ apiTls: 'muster' })
  const ended = await runMuster([...argsFor(to), '--only', 'things', '--json'], { directory })
  expect(ended.stderr).toBe('')
  expect(countsOf(ended)).toEqual({ things: { made: deviceCount } })
})

it('ends at once, with a word about it, when the key is not known', async () => {
  await using to = await startTestServer()
  const environment = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'no' }
  const args = ['copy', '--from', from.endpoints.apiUrl, '--to-data-dir', to.dataDir]
  const { stderr, code } = await runMuster(args, { directory, environment })
  expect(stderr).toContain('GetCallerIdentity at the source: InvalidClientTokenId')
  expect(code).toBe(1)
})
