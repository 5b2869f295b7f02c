import {
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  IoTDataPlaneClient,
  ListNamedShadowsForThingCommand,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AwsError } from '../../api/aws/errors.ts'
import { clientConfig, startTestHttp, type TestHttp } from '../../api/http/testing/test-server.ts'
import { shadowsDevicePath } from './device-path.ts'
import { shadowsOperations } from './operations.ts'
import { shadowsPermissions } from './permissions.ts'
import { accountId, openTestShadows, type TestShadows } from './testing/test-shadows.ts'

let test: TestShadows
let server: TestHttp
let client: IoTDataPlaneClient
/** Actions and resources that IAM was asked about. */
let asked: string[]
let isAllowed: boolean

beforeEach(async () => {
  test = await openTestShadows()
  asked = []
  isAllowed = true
  server = await startTestHttp({
    services: {
      'iot-data': { operations: shadowsOperations(test), permissions: shadowsPermissions } as never,
    },
    authorizeCall: async (_caller, { action, resource }) => {
      asked.push(`${action} ${resource}`)
      if (!isAllowed) throw new AwsError('AccessDeniedException', `not authorized: ${action}`)
    },
  })
  client = new IoTDataPlaneClient(clientConfig(server))
})
afterEach(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
  await test[Symbol.asyncDispose]()
})

const names = { thingName: 'lamp', shadowName: 'main' }
const arn = `arn:aws:iot:us-east-1:${accountId}:thing/lamp`
const update = (document: unknown, shadow: { thingName: string; shadowName?: string } = names) =>
  client.send(new UpdateThingShadowCommand({ ...shadow, payload: Buffer.from(JSON.stringify(document)) }))

describe('a signed call', () => {
  it('asks for the thing, or for the named shadow of the thing', async () => {
    await update({ state: { reported: { a: 1 } } })
    await update({ state: { reported: { a: 1 } } }, { thingName: 'lamp' })
    await client.send(new GetThingShadowCommand(names))
    await client.send(new ListNamedShadowsForThingCommand({ thingName: 'lamp' }))
    await client.send(new DeleteThingShadowCommand({ thingName: 'lamp' }))
    expect(asked).toEqual([
      `iot:UpdateThingShadow ${arn}/main`,
      `iot:UpdateThingShadow ${arn}`,
      `iot:GetThingShadow ${arn}/main`,
      `iot:ListNamedShadowsForThing ${arn}`,
      `iot:DeleteThingShadow ${arn}`,
    ])
  })

  it('does nothing when it is not allowed', async () => {
    isAllowed = false
    await expect(update({ state: { reported: { a: 1 } } })).rejects.toMatchObject({
      name: 'ForbiddenException',
    })
    isAllowed = true
    await expect(client.send(new GetThingShadowCommand(names))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "No shadow exists with name: 'lamp~main'",
    })
    expect(test.heard).toEqual([])
  })

  it('gives bytes that are the document', async () => {
    const { payload } = await update({ state: { desired: { a: 'ü' } }, clientToken: 't' })
    expect(payload?.transformToString()).toBe(
      '{"state":{"desired":{"a":"ü"}},"metadata":{"desired":{"a":{"timestamp":1000000000}}},"version":1,"timestamp":1000000000,"clientToken":"t"}',
    )
  })

  it('lists names page by page, without the classic shadow and those of others', async () => {
    for (const shadowName of ['b', 'a', '$package', 'c'])
      await update({ state: { reported: { a: 1 } } }, { thingName: 'lamp', shadowName })
    await update({ state: { reported: { a: 1 } } }, { thingName: 'lamp' })
    await update({ state: { reported: { a: 1 } } }, { thingName: 'lamp-2', shadowName: 'z' })
    const list = (pageSize: number, nextToken?: string) =>
      client.send(new ListNamedShadowsForThingCommand({ thingName: 'lamp', pageSize, nextToken }))
    const first = await list(3)
    expect(first).toMatchObject({ results: ['$package', 'a', 'b'], timestamp: 1_000_000_000 })
    const second = await list(3, first.nextToken)
    expect(second).toMatchObject({ results: ['c'] })
    expect(second.nextToken).toBeUndefined()
    expect((await list(4)).nextToken).toBeUndefined()
  })

  it.each([
    ['a page of 0', { pageSize: 0 }],
    ['a page of 101', { pageSize: 101 }],
    ['a token that nobody gave out', { nextToken: '!' }],
  ])('lists no %s', async (_what, input) => {
    const list = client.send(new ListNamedShadowsForThingCommand({ thingName: 'lamp', ...input }))
    await expect(list).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })
})

describe('a device over HTTPS', () => {
  /** What its policies allow. */
  let allowed: string[]
  const ask = async (method: string, target: string, body = '') => {
    const request = { method, target, headers: {}, body: Buffer.from(body) }
    const device = {
      accountId,
      region: 'us-east-1',
      principal: 'f00d',
      sourceIp: '192.0.2.1',
      isAllowed: (action: string, resource: string) =>
        allowed.includes(`${action} ${resource.split(':').slice(5).join(':')}`),
    }
    const { status, body: answer, refusal } = await shadowsDevicePath(test).answer(request, device)
    return { status, body: JSON.parse(Buffer.from(answer).toString()) as unknown, code: refusal?.code }
  }

  it('gets what it may, and nothing else', async () => {
    allowed = ['iot:UpdateThingShadow thing/lamp/main', 'iot:GetThingShadow thing/lamp']
    const document = '{"state":{"reported":{"a":1}}}'
    expect(await ask('POST', '/things/lamp/shadow?name=main', document)).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    expect(await ask('POST', '/things/lamp/shadow', document)).toMatchObject({
      status: 403,
      code: 'ForbiddenException',
    })
    expect(await ask('GET', '/things/lamp/shadow?name=main')).toMatchObject({ status: 403 })
    expect(await ask('GET', '/things/lamp/shadow')).toMatchObject({
      status: 404,
      code: 'ResourceNotFoundException',
    })
    expect(await ask('GET', '/api/things/shadow/ListNamedShadowsForThing/lamp')).toMatchObject({
      status: 403,
    })
    expect(test.heard.map(({ topic }) => topic)).toEqual([
      'lamp/shadow/name/main/update/accepted',
      'lamp/shadow/name/main/update/documents',
    ])
  })

  it.each([
    ['PUT', '/things/lamp/shadow', 405],
    ['POST', '/api/things/shadow/ListNamedShadowsForThing/lamp', 405],
    ['GET', '/api/things/shadow/other/lamp', 404],
    ['GET', '/things//shadow', 404],
    ['GET', '/things/%2e%2e/shadow', 400],
    ['GET', '/things/lamp/shadow?name=', 400],
    ['GET', `/things/lamp/shadow?name=${'a'.repeat(65)}`, 400],
  ])('that asks %s %s is answered %s', async (method, target, status) => {
    allowed = []
    expect(await ask(method, target)).toMatchObject({
      status,
      body: { message: expect.any(String) as string },
    })
  })

  it.each([
    ['/things/lamp/shadow', true],
    ['/api/things/shadow/ListNamedShadowsForThing/lamp', true],
    ['/things/a/b/shadow', false],
    ['/things/lamp/shadow/', false],
    ['/topics/things/lamp/shadow', false],
    ['/things/lamp', false],
  ])('that asks for %s is answered here: %s', (path, takes) => {
    expect(shadowsDevicePath(test).takes({ path })).toBe(takes)
  })
})
