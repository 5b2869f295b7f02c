import {
  CreateTopicRuleCommand,
  DeleteTopicRuleCommand,
  DisableTopicRuleCommand,
  EnableTopicRuleCommand,
  GetTopicRuleCommand,
  IoTClient,
  ListTopicRulesCommand,
  ReplaceTopicRuleCommand,
  type Action,
  type TopicRulePayload,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { getModel, type Shape, type StringShape, type StructureShape } from '../api/aws/model.ts'
import { startHttp } from '../api/http/index.ts'
import { listTags } from '../registry/tags/index.ts'
import { topicRulesPermissions } from './permissions.ts'
import {
  accountId,
  allow,
  functionArn,
  openTestEngine,
  roleArn,
  start,
  type TestEngine,
} from './testing/test-engine.ts'

let engine: TestEngine
let http: Awaited<ReturnType<typeof startHttp>>
/** The account's root. */
let client: IoTClient
/** May do everything with rules, but pass no role. */
let operator: IoTClient

const ruleArn = (name: string) => `arn:aws:iot:us-east-1:${accountId}:rule/${name}`
const lambda = { lambda: { functionArn: functionArn('greet') } }
const republish = { republish: { roleArn: roleArn('publisher'), topic: 'out' } }
const payload = { sql: "SELECT * FROM 'in/+/x'\n", actions: [lambda] }

beforeAll(async () => {
  engine = await openTestEngine()
  const { identities, iam, context, operations } = engine
  http = await startHttp({
    host: '127.0.0.1',
    port: 0,
    region: 'us-east-1',
    log: engine.deps.log,
    findCredential: identities.findCredential,
    authorizeCall: identities.authorize,
    services: { iot: { operations, permissions: topicRulesPermissions } },
    routesOf: () => [],
    metrics: () => '',
    confirmDestination: async () => {},
    now: () => new Date(),
    maxBodyBytes: 1024 * 1024,
  })
  client = createClient(await identities.ensureRootKey())
  await engine.createRole('publisher', allow('iot:Publish'))
  await engine.createRole('stranger', allow('iot:Publish'), 'lambda.amazonaws.com')
  await iam.CreateUser({ UserName: 'operator' }, context)
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [allow('iot:*')] })
  await iam.PutUserPolicy({ UserName: 'operator', PolicyName: 'own', PolicyDocument }, context)
  const { AccessKey } = await iam.CreateAccessKey({ UserName: 'operator' }, context)
  operator = createClient({ accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey })
})

beforeEach(() => engine.store.transact((db) => db.deleteFrom('topic_rules').execute()))

afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await engine[Symbol.asyncDispose]()
})

function createClient(credentials: { accessKeyId: string; secretAccessKey: string }) {
  return new IoTClient({ endpoint: http.url, region: 'us-east-1', credentials, maxAttempts: 1 })
}

const create = (ruleName: string, topicRulePayload: TopicRulePayload, tags?: string) =>
  client.send(new CreateTopicRuleCommand({ ruleName, topicRulePayload, ...(tags !== undefined && { tags }) }))
const get = (ruleName: string) => client.send(new GetTopicRuleCommand({ ruleName }))

describe('topic rules', () => {
  it('are shown as they were made, the statement word by word', async () => {
    const actions = [lambda, republish]
    await create('copy_1', { ...payload, description: 'copies', actions, errorAction: republish })
    const { ruleArn: arn, rule } = await get('copy_1')
    expect(arn).toBe(ruleArn('copy_1'))
    expect(rule).toEqual({
      ruleName: 'copy_1',
      sql: "SELECT * FROM 'in/+/x'\n",
      description: 'copies',
      createdAt: start,
      actions,
      errorAction: republish,
      ruleDisabled: false,
      awsIotSqlVersion: '2015-10-08',
    })
  })

  it('carry the tags of the header', async () => {
    await create('copy', payload, 'team=red%20one&stage=')
    expect(await listTags(engine.store.read, accountId, ruleArn('copy'))).toEqual([
      { Key: 'stage', Value: '' },
      { Key: 'team', Value: 'red one' },
    ])
    await client.send(new DeleteTopicRuleCommand({ ruleName: 'copy' }))
    expect(await listTags(engine.store.read, accountId, ruleArn('copy'))).toEqual([])
  })

  it('are listed by name in pages, with the topic pattern of the statement', async () => {
    await create('b', { ...payload, ruleDisabled: true })
    await create('a', payload)
    await create('direct', { ...payload, sql: 'SELECT *' })
    const first = await client.send(new ListTopicRulesCommand({ maxResults: 2 }))
    const second = await client.send(new ListTopicRulesCommand({ maxResults: 2, nextToken: first.nextToken }))
    const common = { createdAt: start, topicPattern: 'in/+/x' }
    expect([...(first.rules ?? []), ...(second.rules ?? [])]).toEqual([
      { ...common, ruleArn: ruleArn('a'), ruleName: 'a', ruleDisabled: false },
      { ...common, ruleArn: ruleArn('b'), ruleName: 'b', ruleDisabled: true },
      { ruleArn: ruleArn('direct'), ruleName: 'direct', ruleDisabled: false, createdAt: start },
    ])
    expect(second.nextToken).toBeUndefined()
  })

  it.each([
    ['the pattern itself', { topic: 'in/+/x' }, ['a', 'b']],
    ['a topic that it matches', { topic: 'in/1/x' }, ['a', 'b']],
    ['a topic that it does not match', { topic: 'in/1/y' }, []],
    ['those that are disabled', { ruleDisabled: true }, ['b']],
    ['those that are enabled', { ruleDisabled: false }, ['a', 'direct']],
  ])('are listed by %s', async (_, filter, names) => {
    await create('a', payload)
    await create('b', { ...payload, ruleDisabled: true })
    await create('direct', { ...payload, sql: 'SELECT *' })
    const { rules } = await client.send(new ListTopicRulesCommand(filter))
    expect(rules?.map(({ ruleName }) => ruleName)).toEqual(names)
  })

  it('are replaced as a whole, but keep the time of their creation', async () => {
    await create('copy', { ...payload, description: 'old', ruleDisabled: true, errorAction: republish })
    engine.clock.now = new Date(start.getTime() + 1000)
    const topicRulePayload = { sql: "SELECT a FROM 'b'", actions: [], awsIotSqlVersion: 'beta' }
    await client.send(new ReplaceTopicRuleCommand({ ruleName: 'copy', topicRulePayload }))
    engine.clock.now = start
    const { rule } = await get('copy')
    expect(rule).toEqual({ ruleName: 'copy', ruleDisabled: false, createdAt: start, ...topicRulePayload })
  })

  it('are switched off and on', async () => {
    await create('copy', payload)
    await client.send(new DisableTopicRuleCommand({ ruleName: 'copy' }))
    expect((await get('copy')).rule?.ruleDisabled).toBe(true)
    await client.send(new EnableTopicRuleCommand({ ruleName: 'copy' }))
    expect((await get('copy')).rule?.ruleDisabled).toBe(false)
  })

  it('are made by who may pass their roles', async () => {
    const topicRulePayload = { ...payload, actions: [republish] }
    const refused = operator.send(new CreateTopicRuleCommand({ ruleName: 'copy', topicRulePayload }))
    await expect(refused).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('iam:PassRole'),
    })
    await operator.send(new CreateTopicRuleCommand({ ruleName: 'copy', topicRulePayload: payload }))
    const replacing = operator.send(new ReplaceTopicRuleCommand({ ruleName: 'copy', topicRulePayload }))
    await expect(replacing).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('are at most a thousand', async () => {
    await create('one', payload)
    await engine.store.transact(async (db) => {
      const row = await db.selectFrom('topic_rules').selectAll().executeTakeFirstOrThrow()
      const rows = Array.from({ length: 999 }, (_, at) => ({ ...row, rule_name: `more_${at}` }))
      await db.insertInto('topic_rules').values(rows).execute()
    })
    await expect(create('another', payload)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('1000'),
    })
  })
})

function expectShape(shape: Shape | undefined, path: string[]): StructureShape {
  if (shape?.type !== 'structure') throw new TypeError('a structure was expected')
  const [name, ...more] = path
  return name === undefined ? shape : expectShape(shape.members.get(name)?.shape, more)
}

const textsToTry = ['a', 'a'.repeat(40), 'https://a', 'https://ingestion-a.b.sfdcnow.com/streams/c/d/event']
const isTaken = ({ pattern = '.*', min = 0 }: StringShape, text: string) =>
  text.length >= min && new RegExp(`^(?:${pattern})$`).test(text)

/** The least that the model takes. */
function sampleOf(shape: Shape): unknown {
  if (shape.type === 'string')
    return [...(shape.values ?? [])][0] ?? textsToTry.find((text) => isTaken(shape, text))
  if (shape.type === 'list') return [sampleOf(shape.member)]
  if (shape.type === 'map') return { a: 'b' }
  if (shape.type !== 'structure') return 1
  const required = [...shape.members.values()].filter(({ isRequired }) => isRequired)
  return Object.fromEntries(required.map((member) => [member.name, sampleOf(member.shape)]))
}

describe('a topic rule is refused', () => {
  const withAction = (action: object) => ({ ...payload, actions: [action as Action] })

  it('when its name is taken', async () => {
    await create('copy', payload)
    await expect(create('copy', payload)).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      resourceArn: ruleArn('copy'),
      $metadata: { httpStatusCode: 409 },
    })
  })

  it.each([
    ['has a keyword misspelt', "SELEC * FROM 'a'", 'line 1, column 1'],
    ['ends too early', "SELECT a,\nFROM 'a'", 'line 2'],
    ['calls an unknown function', "SELECT foo(1) FROM 'a'", 'foo()'],
    ['asks a service that is not there', "SELECT get_thing_shadow('a', 'b') FROM 'a'", 'not offered'],
    ['asks a topic filter that is none', "SELECT * FROM 'a/#/b'", 'topic filter'],
  ])('when its statement %s', async (_, sql, text) => {
    await expect(create('copy', { ...payload, sql, awsIotSqlVersion: '2016-03-23' })).rejects.toMatchObject({
      name: 'SqlParseException',
      message: expect.stringContaining(text),
      $metadata: { httpStatusCode: 400 },
    })
  })

  const offered = ['cloudwatchLogs', 'http', 'lambda', 'republish'] // sqs and s3 need an endpoint of the operator
  const actionShape = expectShape(getModel('iot').operations.get('CreateTopicRule')?.input, [
    'topicRulePayload',
    'errorAction',
  ])
  const unoffered = [...actionShape.members.values()].filter(({ name }) => !offered.includes(name))

  it.each(unoffered.map(({ name, shape }) => [name, sampleOf(shape)]))(
    'at once with 501 when its action %s is not offered, so that Terraform does not try for two minutes',
    async (kind, config) => {
      const refusal = {
        name: 'NotImplementedException',
        message: expect.stringContaining(`the action ${kind} is not offered`),
        $metadata: { httpStatusCode: 501 },
      }
      const action = { [kind as string]: config } as never
      await expect(create('copy', withAction(action))).rejects.toMatchObject(refusal)
      await create('copy', payload)
      const replacing = client.send(
        new ReplaceTopicRuleCommand({
          ruleName: 'copy',
          topicRulePayload: { ...payload, errorAction: action },
        }),
      )
      await expect(replacing).rejects.toMatchObject(refusal)
    },
  )

  it('with 501 when its web service shall get a signature', async () => {
    const sigv4 = { signingRegion: 'us-east-1', serviceName: 's', roleArn: roleArn('publisher') }
    const http = { url: 'http://a', auth: { sigv4 } }
    await expect(create('copy', withAction({ http }))).rejects.toMatchObject({
      name: 'NotImplementedException',
      message: expect.stringContaining('auth is not offered'),
    })
  })

  it.each([
    ['waits too short', { maxBatchOpenMs: 4 }, 'maxBatchOpenMs'],
    ['waits too long', { maxBatchOpenMs: 201 }, 'maxBatchOpenMs'],
    ['is of one message', { maxBatchSize: 1 }, 'maxBatchSize'],
    ['is of too many', { maxBatchSize: 11 }, 'maxBatchSize'],
    ['is too small', { maxBatchSizeBytes: 99 }, 'maxBatchSizeBytes'],
    ['is too large', { maxBatchSizeBytes: 131_073 }, 'maxBatchSizeBytes'],
  ])('whose batch of http messages %s', async (_, batchConfig, member) => {
    const http = { url: 'http://a', enableBatching: true, batchConfig }
    await expect(create('copy', withAction({ http }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining(member),
    })
  })

  const publisher = { roleArn: roleArn('publisher') }
  it.each([
    ['has no kind', {}, 'actions[0] must have exactly one kind of action'],
    ['has two kinds', { ...lambda, ...republish }, 'it has lambda, republish'],
    ['names no function', { lambda: { functionArn: 'greet' } }, 'actions[0].lambda.functionArn'],
    [
      'has an expression that cannot be read',
      { lambda: { functionArn: '${1 +}' } },
      'actions[0].lambda.functionArn',
    ],
    ['publishes to a filter', { republish: { ...publisher, topic: 'a/#' } }, 'without wildcards'],
    ['publishes an event', { republish: { ...publisher, topic: '$aws/events/x' } }, 'is reserved'],
    ['publishes with QoS 2', { republish: { ...publisher, topic: 'a', qos: 2 } }, 'qos'],
    [
      'has headers that cannot be',
      { republish: { ...publisher, topic: 'a', headers: { messageExpiry: '-1' } } },
      'actions[0].republish.headers.messageExpiry',
    ],
    ['names no log group', { cloudwatchLogs: { ...publisher, logGroupName: 'a b' } }, 'logGroupName'],
    ['names no web service', { http: { url: 'ftp://a' } }, 'actions[0].http.url'],
    ['brings a password', { http: { url: 'http://a:b@c/' } }, 'http or https URL'],
    [
      'is confirmed elsewhere',
      { http: { url: 'http://a.com', confirmationUrl: 'http://a.com.evil' } },
      'beginning',
    ],
    [
      'is confirmed deeper',
      { http: { url: 'http://a/x', confirmationUrl: 'http://a/y' } },
      'beginning of url',
    ],
    ['has a URL that varies', { http: { url: 'http://${a}/' } }, 'needs a confirmationUrl'],
    [
      'sets a header of the connection',
      { http: { url: 'http://a', headers: [{ key: 'Host', value: 'b' }] } },
      'Host',
    ],
  ])('when its action %s', async (_, action, text) => {
    await expect(create('copy', withAction(action))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining(text),
    })
  })

  it.each([
    ['is not there', roleArn('nobody')],
    ['does not trust AWS IoT', roleArn('stranger')],
    ['is of another account', 'arn:aws:iam::111122223333:role/publisher'],
  ])('when its role %s', async (_, role) => {
    const refused = create('copy', withAction({ republish: { roleArn: role, topic: 'a' } }))
    await expect(refused).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining(`unable to perform: sts:AssumeRole on resource: ${role}`),
    })
  })

  it.each([
    ['has eleven actions', 'copy', { ...payload, actions: Array.from({ length: 11 }, () => lambda) }],
    ['has a name with a hyphen', 'co-py', payload],
    ['has a name of 129 characters', 'c'.repeat(129), payload],
    ['asks for a version of SQL that there is not', 'copy', { ...payload, awsIotSqlVersion: '2017-01-01' }],
  ])('when it %s', async (_, name, refused) => {
    await expect(create(name, refused)).rejects.toMatchObject({ name: 'InvalidRequestException' })
    expect((await client.send(new ListTopicRulesCommand({}))).rules).toEqual([])
  })

  it('when a tag is one of AWS', async () => {
    await expect(create('copy', payload, 'aws:a=b')).rejects.toMatchObject({
      name: 'InvalidRequestException',
    })
    expect((await client.send(new ListTopicRulesCommand({}))).rules).toEqual([])
  })

  it.each([
    ['shown', () => get('nobody')],
    [
      'replaced',
      () => client.send(new ReplaceTopicRuleCommand({ ruleName: 'nobody', topicRulePayload: payload })),
    ],
    ['deleted', () => client.send(new DeleteTopicRuleCommand({ ruleName: 'nobody' }))],
    ['switched on', () => client.send(new EnableTopicRuleCommand({ ruleName: 'nobody' }))],
    ['switched off', () => client.send(new DisableTopicRuleCommand({ ruleName: 'nobody' }))],
  ])('when it is to be %s and is not there', async (_, call) => {
    await expect(call()).rejects.toMatchObject({
      name: 'UnauthorizedException',
      message: expect.stringContaining("Access to topic rule 'nobody' was denied"),
    })
  })
})
