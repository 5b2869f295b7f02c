/** What one account of a server tries to see or touch of another: none of it comes to anything. */
import { request } from 'node:https'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { ListUsersCommand } from '@aws-sdk/client-iam'
import * as Iot from '@aws-sdk/client-iot'
import { GetThingShadowCommand, ListRetainedMessagesCommand } from '@aws-sdk/client-iot-data-plane'
import { ListFunctionsCommand } from '@aws-sdk/client-lambda'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { askForSocket } from '../console/mqtt-guest.ts'
import { Visitor } from '../console/visitor.ts'
import { openAccount } from '../helpers/accounts.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer } from '../helpers/server.ts'
import { attempts, type Scene } from './attempts.ts'
import { dataClientOf, makeIdentity, makeTreasure, secret, thingName } from './treasure.ts'

let scene: Scene
let before: unknown
let client: MqttClient
let got: string[]

beforeAll(async () => {
  const owner = await startTestServer()
  const treasure = await makeTreasure(owner)
  const thief = await openAccount(owner, 'thief')
  const identity = await makeIdentity(thief, 'own')
  await thief.iot.send(new Iot.CreateThingCommand({ thingName: 'own' }))
  await thief.iot.send(new Iot.CreateThingGroupCommand({ thingGroupName: 'own' }))
  scene = { owner, treasure, thief, identity }
  before = await lookAt(scene)
  client = await connectThief('thief')
  got = []
  client.on('message', (topic, payload) => void got.push(`${topic} ${payload.toString()}`))
})
afterAll(async () => {
  await client.endAsync()
  await scene.treasure.guard.endAsync()
  await scene.owner[Symbol.asyncDispose]()
})

const connectThief = (clientId: string) =>
  connectDevice(scene.owner, {
    ...scene.identity,
    clientId,
    mqtt: { servername: scene.thief.endpoints.endpoint },
  })

/** What the owner has. */
async function lookAt({ owner, treasure }: Scene): Promise<unknown> {
  const { iot, iam, lambda } = owner
  const { certificateArn, certificateId } = treasure.identity
  const answers = await Promise.all([
    iot.send(new Iot.DescribeThingCommand({ thingName })),
    iot.send(new Iot.ListThingsCommand({})),
    iot.send(new Iot.ListThingPrincipalsCommand({ thingName })),
    iot.send(new Iot.DescribeCertificateCommand({ certificateId })),
    iot.send(new Iot.ListOutgoingCertificatesCommand({})),
    iot.send(new Iot.ListAttachedPoliciesCommand({ target: certificateArn })),
    iot.send(new Iot.GetTopicRuleCommand({ ruleName: thingName })),
    iot.send(new Iot.ListThingGroupsCommand({})),
    iot.send(new Iot.DescribeThingGroupCommand({ thingGroupName: thingName })),
    iam.send(new ListUsersCommand({})),
    lambda.send(new ListFunctionsCommand({})),
    dataClientOf(owner).send(new ListRetainedMessagesCommand({})),
    dataClientOf(owner).send(new GetThingShadowCommand({ thingName })),
  ])
  return answers.map((answer) =>
    'payload' in answer
      ? withoutTime(Buffer.from(answer.payload ?? []).toString())
      : { ...answer, $metadata: undefined },
  )
}

const withoutTime = (document: string) => document.replace(/"timestamp":\d+(?=}$)/, '')

it.each(attempts)('may not, by the API, %s', async (_what, refusal, attempt) => {
  await expect(attempt(scene)).rejects.toMatchObject({ name: expect.stringMatching(refusal) as string })
})

describe('what it lists', () => {
  it.each<[string, (scene: Scene) => Promise<object>]>([
    ['things', ({ thief }) => thief.iot.send(new Iot.ListThingsCommand({}))],
    ['groups', ({ thief }) => thief.iot.send(new Iot.ListThingGroupsCommand({}))],
    ['policies', ({ thief }) => thief.iot.send(new Iot.ListPoliciesCommand({}))],
    ['certificates', ({ thief }) => thief.iot.send(new Iot.ListCertificatesCommand({}))],
    ['outgoing certificates', ({ thief }) => thief.iot.send(new Iot.ListOutgoingCertificatesCommand({}))],
    ['CAs', ({ thief }) => thief.iot.send(new Iot.ListCACertificatesCommand({}))],
    ['rules', ({ thief }) => thief.iot.send(new Iot.ListTopicRulesCommand({}))],
    ['templates', ({ thief }) => thief.iot.send(new Iot.ListProvisioningTemplatesCommand({}))],
    ['functions', ({ thief }) => thief.lambda.send(new ListFunctionsCommand({}))],
    ['log groups', ({ thief }) => thief.logs.send(new DescribeLogGroupsCommand({}))],
    ['users', ({ thief }) => thief.iam.send(new ListUsersCommand({}))],
    ['retained messages', ({ thief }) => dataClientOf(thief).send(new ListRetainedMessagesCommand({}))],
    ['connections', () => ask('connections?limit=100')],
    ['its journal', () => ask('journal?limit=100')],
    ['certificates by text', () => ask('certificates?text=treasure&limit=10')],
  ])('%s: nothing of the other account is among them', async (_what, list) => {
    const listed = JSON.stringify(await list(scene))
    expect(listed).not.toContain(thingName)
    expect(listed).not.toContain(scene.treasure.identity.certificateId)
    expect(listed).not.toContain(scene.treasure.givenId)
  })

  it.each(['accounts', 'cluster'])('may not ask about the server: %s', async (route) => {
    await expect(ask(route)).rejects.toThrow('there is no GET')
  })
})

function ask(route: string): Promise<object> {
  const { endpoints, rootKey } = scene.thief
  const path = `/muster/v1/${route}`
  return signedRequest(targetOf({ endpoints, rootKey }), {
    service: 'muster',
    method: 'GET',
    path,
  }) as Promise<object>
}

/** What was published before has been delivered when this has come back. */
async function settle(): Promise<void> {
  const word = `settled ${Math.random()}`
  await client.subscribeAsync('settled', { qos: 1 })
  await client.publishAsync('settled', word, { qos: 1 })
  await expect.poll(() => got).toContain(`settled ${word}`)
  const own = scene.treasure
  await own.guard.publishAsync('settled', word, { qos: 1 })
  await expect.poll(() => own.heard).toContain(`settled ${word}`)
}

describe('what it does over MQTT', () => {
  it.each(['#', 'treasure/#', '$aws/things/treasure/#', '$share/thieves/treasure/#'])(
    'hears nothing of the other account on %s',
    async (filter) => {
      got = []
      await client.subscribeAsync(filter, { qos: 1 })
      await scene.treasure.guard.publishAsync('treasure/found', secret, { qos: 1 })
      await settle()
      await client.unsubscribeAsync(filter)
      expect(got.join('\n')).not.toContain(secret)
    },
  )

  it.each(['treasure/found', '$aws/things/treasure/shadow/update'])(
    'is not heard by the other account on %s',
    async (topic) => {
      await client.publishAsync(topic, '{"state":{"reported":{"map":"forged"}}}', {
        qos: 1,
        retain: topic === 'treasure/found',
      })
      await settle()
      expect(scene.treasure.heard.join('\n')).not.toContain('forged')
    },
  )

  it('does not take the place of a client of the same id', async () => {
    const namesake = await connectThief(thingName)
    await settle()
    expect(scene.treasure.guard.connected).toBe(true)
    await namesake.endAsync()
  })

  it('is not let in with a certificate of the other account', async () => {
    const servername = scene.thief.endpoints.endpoint
    const stolen = { ...scene.treasure.identity, clientId: 'stolen', mqtt: { servername } }
    await expect(connectDevice(scene.owner, stolen)).rejects.toThrow('closed')
  })
})

describe('what it does over HTTPS', () => {
  const send = (method: string, path: string, headers = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { httpsPort } = scene.owner.endpoints
      const { certificatePem: cert, privateKeyPem: key } = scene.identity
      const servername = scene.thief.endpoints.endpoint
      const options = { host: '127.0.0.1', port: httpsPort, servername, cert, key, ca: scene.owner.rootCa }
      const sent = request({ ...options, method, path, headers, agent: false }, (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
      sent.on('error', reject)
      sent.end(method === 'POST' ? 'forged' : undefined)
    })

  it('is not heard by the other account', async () => {
    expect((await send('POST', '/topics/treasure%2Ffound?qos=1')).status).toBe(200)
    await settle()
    expect(scene.treasure.heard.join('\n')).not.toContain('forged')
  })

  it('reads no shadow of it', async () => {
    const { body } = await send('GET', '/things/treasure/shadow')
    expect(body).not.toContain(secret)
  })

  it('gets no credentials by its role alias', async () => {
    const headers = { 'x-amzn-iot-thingname': thingName }
    expect(
      (await send('GET', `/role-aliases/${thingName}/credentials`, headers)).status,
    ).toBeGreaterThanOrEqual(400)
  })
})

describe('what it does at the console', () => {
  let visitor: Visitor
  let other: Visitor
  beforeAll(async () => {
    const { endpoints, rootKey } = scene.owner
    visitor = new Visitor(endpoints.apiUrl)
    other = new Visitor(endpoints.apiUrl)
    await visitor.signIn(scene.thief.rootKey)
    await other.signIn(rootKey)
  })

  it('calls nothing of the other account', async () => {
    expect((await visitor.operation('iot', 'DescribeThing', { thingName })).status).toBe(404)
  })

  it('ends no session of it', async () => {
    const session = async () => other.call({ path: '/console/session' })
    const { sessionId } = (await session()).body
    const path = `/muster/v1/console/sessions?sessionId=${String(sessionId)}`
    expect((await visitor.call({ method: 'DELETE', path })).status).toBe(404)
    expect((await session()).status).toBe(200)
  })

  it('acts as no device of it', async () => {
    const { certificateId: actAs } = scene.treasure.identity
    expect(await askForSocket(visitor, { actAs })).not.toBe(101)
  })
})

it('has a rule of its own that runs no function of the other account', async () => {
  const { thief, treasure } = scene
  const { functionArn } = treasure
  await thief.iot
    .send(
      new Iot.CreateTopicRuleCommand({
        ruleName: 'reaching',
        topicRulePayload: { sql: "SELECT * FROM 'reach'", actions: [{ lambda: { functionArn } }] },
      }),
    )
    .catch(() => {}) // that it is refused is as good
  await client.publishAsync('reach', '{}', { qos: 1 })
  await settle()
  const { logGroups = [] } = await scene.owner.logs.send(new DescribeLogGroupsCommand({}))
  expect(logGroups.map(({ logGroupName }) => logGroupName)).toEqual([thingName])
})

it('takes nothing from it by giving it what it has already', async () => {
  const { owner, thief, treasure } = scene
  const { certificateId, certificatePem } = treasure.identity
  await thief.iot.send(new Iot.RegisterCertificateWithoutCACommand({ certificatePem }))
  const targetAwsAccount = owner.endpoints.accountId
  await thief.iot.send(new Iot.TransferCertificateCommand({ certificateId, targetAwsAccount }))
  await expect(
    owner.iot.send(new Iot.AcceptCertificateTransferCommand({ certificateId })),
  ).rejects.toMatchObject({ name: 'InvalidRequestException' })
  const again = await connectDevice(owner, { ...treasure.identity, clientId: 'again' })
  await again.endAsync()
})

it('has changed nothing of it', async () => {
  expect(await lookAt(scene)).toEqual(before)
  expect(scene.treasure.guard.connected).toBe(true)
})
