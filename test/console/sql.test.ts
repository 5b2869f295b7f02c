/** Statements on trial: who may try them, and that nothing comes of it. */
import { randomBytes } from 'node:crypto'
import { CreateTopicRuleCommand } from '@aws-sdk/client-iot'
import { GetFunctionCommand } from '@aws-sdk/client-lambda'
import { strFromU8, unzipSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { createFunction, createRole, eventually } from '../helpers/jitr.ts'
import { postOwn } from '../helpers/own-routes.ts'
import type { TestServer } from '../helpers/server.ts'
import { createUser } from './users.ts'
import { visitServer } from './visit-server.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
/** Signed in as root. */
let root: Visitor

visitServer((here) => {
  ;({ server, visitor: root } = here)
})

/** Signed in as a new user who may do `actions`. */
async function visitAs(actions: string[]): Promise<Visitor> {
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(await createUser(server, actions))
  return visitor
}

const sql = "SELECT t FROM 'sensors/a' WHERE t > 20"
const statement = { sql, awsIotSqlVersion: '2016-03-23' }
const sample = { ...statement, topic: 'sensors/a', payload: '{"t":21}' }

describe('a statement is not tried', () => {
  it.each([
    ['POST', '/muster/v1/sql', 'muster:EvaluateSql', ['muster:WatchSql', 'iot:*'], sample],
    ['POST', '/muster/v1/sql/watch', 'muster:WatchSql', ['muster:EvaluateSql', 'iot:*'], statement],
    ['GET', '/muster/v1/sql/watch?watchId=x', 'muster:WatchSql', ['muster:EvaluateSql'], undefined],
    ['DELETE', '/muster/v1/sql/watch?watchId=x', 'muster:WatchSql', ['muster:EvaluateSql'], undefined],
    ['GET', '/muster/v1/rule-counts?ruleName=x', 'muster:GetRuleCounts', ['muster:EvaluateSql'], undefined],
  ] as const)('%s %s without %s', async (method, path, action, actions, body) => {
    const visitor = await visitAs([...actions])
    const answer = await visitor.call({ method, path, body })
    expect(answer.status).toBe(403)
    expect(answer.body['message']).toContain(action)
  })

  it.each(['/muster/v1/sql', '/muster/v1/sql/watch'])('by nobody: %s', async (path) => {
    const stranger = new Visitor(server.endpoints.apiUrl)
    expect((await stranger.call({ method: 'POST', path, body: sample })).status).toBe(403)
  })

  it.each<[string, unknown, number, string]>([
    ['/muster/v1/sql', { ...sample, sql: undefined }, 400, 'sql'],
    ['/muster/v1/sql', { ...sample, payload: 'x'.repeat(131_073) }, 400, '131072'],
    ['/muster/v1/sql', { ...sample, sql: ' '.repeat(1_100_000) }, 400, '1048576'],
    ['/muster/v1/sql', [], 400, 'JSON object'],
    ['/muster/v1/sql/watch', { ...statement, topic: 'a' }, 400, 'topic'],
    ['/muster/v1/sql/watch', { ...statement, sql: 'SELECT' }, 400, 'line 1, column 7'],
  ])('when it is malformed: %s', async (path, body, status, text) => {
    const answer = await root.call({ method: 'POST', path, body })
    expect(answer.status).toBe(status)
    expect(answer.body['message']).toContain(text)
  })

  it('nor the counts of a rule told that is not there', async () => {
    const answer = await root.call({ path: '/muster/v1/rule-counts?ruleName=gone' })
    expect(answer.body['message']).toContain('gone')
  })
})

describe('a statement that is tried', () => {
  it('gives its result or the place of its fault, by who may do that alone', async () => {
    const visitor = await visitAs(['muster:EvaluateSql'])
    const evaluate = (body: object) => visitor.call({ method: 'POST', path: '/muster/v1/sql', body })
    expect((await evaluate(sample)).body).toEqual({
      topicFilter: 'sensors/a',
      topicMatches: true,
      where: true,
      output: { kind: 'json', text: '{"t":21}' },
    })
    const wrong = await evaluate({ ...sample, sql: "SELECT t FORM 'a'" })
    expect(wrong.body).toMatchObject({ fault: { stage: 'statement', line: 1, column: 10 } })
  })

  it('is tried for a signed request as for a session', async () => {
    const user = await createUser(server, ['muster:EvaluateSql'])
    expect(
      await postOwn(server, 'sql', { ...sample, sql: "SELECT clientid() AS c FROM 'sensors/a'" }, user),
    ).toEqual({
      status: 200,
      body: {
        topicFilter: 'sensors/a',
        topicMatches: true,
        where: true,
        output: { kind: 'json', text: '{"c":"n/a"}' },
      },
    })
    expect((await postOwn(server, 'sql/watch', statement, user)).status).toBe(403)
  })

  it('on live messages counts those that match, and a rule beside it is the one that acts', async () => {
    const ruleName = 'forward'
    const logGroupName = 'nowhere'
    const roleArn = await createRole(server, { name: 'forward', service: 'iot.amazonaws.com' })
    const actions = [{ cloudwatchLogs: { logGroupName, roleArn } }]
    await server.iot.send(
      new CreateTopicRuleCommand({ ruleName, topicRulePayload: { ...statement, actions } }),
    )
    const watch = '/muster/v1/sql/watch'
    const started = await root.call({ method: 'POST', path: watch, body: statement })
    const watchId = String(started.body['watchId'])
    for (const t of [19, 21])
      await root.operation('iot-data', 'Publish', {
        topic: 'sensors/a',
        payload: Buffer.from(JSON.stringify({ t })).toString('base64'),
      })
    const report = await eventually(async () => {
      const { body } = await root.call({ path: `${watch}?watchId=${watchId}` })
      return (body['messages'] as unknown[]).length === 2 && body
    })
    expect(report).toMatchObject({ topicMatches: 2, matched: 1, failed: 0, skipped: 0 })
    expect((await root.call({ method: 'DELETE', path: `${watch}?watchId=${watchId}` })).status).toBe(200)
    expect((await root.call({ path: `${watch}?watchId=${watchId}` })).status).toBe(404)
    const counts = await eventually(async () => {
      const { body } = await root.call({ path: `/muster/v1/rule-counts?ruleName=${ruleName}` })
      return Number(body['success']) + Number(body['failure']) > 0 && body
    })
    expect(counts).toMatchObject({ topicMatch: 2, matched: 1 })
  })
})

it('takes code from the console that a stranger could not send', async () => {
  const roleArn = await createRole(server, { name: 'large' })
  const FunctionName = 'large'
  await createFunction(server, { FunctionName, roleArn, files: { 'index.js': '' } })
  const large = { 'index.js': new Uint8Array(randomBytes(300_000)) }
  const ZipFile = Buffer.from(zipSync(large)).toString('base64')
  const stranger = new Visitor(server.endpoints.apiUrl)
  const refused = await stranger.operation('lambda', 'UpdateFunctionCode', { FunctionName, ZipFile })
  expect(refused.status).toBe(403)
  const { status, body } = await root.operation('lambda', 'UpdateFunctionCode', { FunctionName, ZipFile })
  expect({ status, size: Number(body['CodeSize']) > 300_000 }).toEqual({ status: 200, size: true })
})

it('gives the console the files of a function, from where the console itself is', async () => {
  const roleArn = await createRole(server)
  const FunctionName = 'listed'
  await createFunction(server, { FunctionName, roleArn, files: { 'index.js': 'exports.handler = 1' } })
  const { body } = await root.operation('lambda', 'GetFunction', { FunctionName })
  const { Location } = body['Code'] as { Location: string }
  expect(new URL(Location).origin).toBe(server.endpoints.apiUrl)
  const { Code } = await server.lambda.send(new GetFunctionCommand({ FunctionName }))
  for (const address of [Location, Code!.Location!]) {
    const archive = new Uint8Array(await (await fetch(address)).arrayBuffer())
    expect(strFromU8(unzipSync(archive)['index.js']!)).toBe('exports.handler = 1')
  }
})
