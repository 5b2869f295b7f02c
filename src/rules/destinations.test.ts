import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { confirmDestination } from './confirmations.ts'
import { accountId, openTestEngine, start, type TestEngine } from './testing/test-engine.ts'
import { namesLeadingTo } from '../../test/helpers/outbound.ts'
import { openDestinationScene, type DestinationScene } from './testing/test-destinations.ts'

let scene: DestinationScene
beforeEach(async () => void (scene = await openDestinationScene()))
afterEach(() => scene[Symbol.asyncDispose]())

const days = (count: number) => new Date(start.getTime() + count * 86_400_000)

describe('a topic rule destination', () => {
  it('asks its web service for confirmation with a token, and is enabled by it', async () => {
    const created = await scene.create()
    expect(created).toMatchObject({
      arn: expect.stringMatching(`^arn:aws:iot:us-east-1:${accountId}:ruledestination/http/[0-9a-f-]{36}$`),
      status: 'IN_PROGRESS',
      createdAt: start,
      httpUrlProperties: { confirmationUrl: `${scene.service.url}/hook` },
    })
    const token = await scene.tokenAt(0)
    const [request] = scene.service.received
    expect(request).toMatchObject({
      method: 'POST',
      path: `/hook/?confirmationToken=${token}`,
      headers: {
        'content-type': 'application/json',
        'x-amz-rules-engine-message-type': 'DestinationConfirmation',
        'x-amz-rules-engine-destination-arn': created.arn,
      },
    })
    expect(JSON.parse(request?.body ?? '')).toEqual({
      arn: created.arn,
      confirmationToken: token,
      enableUrl: `http://127.0.0.1:9080/confirmdestination/${token}`,
      messageType: 'DestinationConfirmation',
    })
    await confirmDestination({ store: scene.engine.store, now: () => scene.engine.clock.now }, token)
    expect((await scene.get(created.arn)).status).toBe('ENABLED')
  })

  it('is listed, paused, taken up again, and deleted', async () => {
    const arn = await scene.createEnabled()
    await scene.update(arn, 'DISABLED')
    const listed = await scene.engine.operations.ListTopicRuleDestinations({}, scene.engine.context)
    expect(listed.destinationSummaries).toMatchObject([
      { arn, status: 'DISABLED', httpUrlSummary: { confirmationUrl: `${scene.service.url}/hook` } },
    ])
    await scene.update(arn, 'ENABLED')
    expect((await scene.get(arn)).status).toBe('ENABLED')
    await scene.engine.operations.DeleteTopicRuleDestination({ arn }, scene.engine.context)
    await expect(scene.get(arn)).rejects.toMatchObject({ code: 'UnauthorizedException' })
  })

  it('is listed in pages', async () => {
    const arns = []
    for (const path of ['/a', '/b', '/c']) arns.push((await scene.create(scene.service.url + path)).arn)
    const list = (nextToken?: string) =>
      scene.engine.operations.ListTopicRuleDestinations({ maxResults: 2, nextToken }, scene.engine.context)
    const first = await list()
    const second = await list(first.nextToken)
    const found = [first, second].map((page) => page.destinationSummaries?.map(({ arn }) => arn) ?? [])
    expect(found.map((page) => page.length)).toEqual([2, 1])
    expect(found.flat()).toEqual(arns.toSorted())
    expect(second.nextToken).toBeUndefined()
  })

  it('says the same of its web service whatever comes of the message', async () => {
    const hangUp = { status: 'hang-up' as const }
    scene.service.answers.push({ status: 404, body: 'inside information' }, hangUp, { status: 200 })
    const urls = ['/a', '/b', '/c'].map((path) => scene.service.url + path)
    const arns = []
    for (const url of [...urls, 'http://127.0.0.1:1/']) arns.push((await scene.create(url)).arn)
    await scene.service.count(3)
    await scene.engine.rules[Symbol.asyncDispose]() // waits for messages on their way
    for (const arn of arns)
      expect(await scene.get(arn)).toMatchObject({
        status: 'IN_PROGRESS',
        statusReason: `Awaiting confirmation. Confirmation message sent on ${start.toISOString()}. No response received from the endpoint.`,
      })
    const log = scene.engine.told.join()
    expect(log).toContain('inside information')
    expect(log).toContain('ECONNREFUSED')
  })

  it('is asked anew with another token, and the old one is worth nothing', async () => {
    const { arn } = await scene.create()
    const old = await scene.tokenAt(0)
    await scene.update(arn, 'IN_PROGRESS')
    const renewed = await scene.tokenAt(1)
    await expect(scene.confirm(old)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await scene.confirm(renewed)
    expect((await scene.get(arn)).status).toBe('ENABLED')
  })

  it('fails when it is not confirmed in three days', async () => {
    const { arn } = await scene.create()
    const token = await scene.tokenAt(0)
    scene.engine.clock.now = days(4)
    expect(await scene.get(arn)).toMatchObject({
      status: 'ERROR',
      statusReason: 'Destination confirmation timed out.',
    })
    await expect(scene.confirm(token)).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it('stores no token', async () => {
    await scene.create()
    const token = await scene.tokenAt(0)
    const rows = await scene.engine.store.read.selectFrom('topic_rule_destinations').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  it.each([
    ['a token that was not given out', () => scene.confirm('x'.repeat(64))],
    ['an address that is no URL', () => scene.create('hook')],
    ['an address that is not of the web', () => scene.create('file:///etc/passwd')],
    ['an address with a password', () => scene.create('https://a:b@example.com')],
    ['an ARN of another kind', () => scene.get(`arn:aws:iot:us-east-1:${accountId}:rule/a`)],
    ...[
      'http://169.254.169.254/latest',
      'http://2852039166/',
      'http://0xa9fea9fe/',
      'http://[::ffff:169.254.169.254]/',
      'http://[64:ff9b::a9fe:a9fe]/',
      'http://[fe80::1]/',
      'http://0.0.0.0/',
      'http://10.0.0.7/',
    ].map((url): [string, () => Promise<unknown>] => [`the address ${url}`, () => scene.create(url)]),
    [
      'a rule that posts to such an address',
      () =>
        scene.engine.createRule('post', {
          sql: "SELECT * FROM 'in'",
          actions: [{ http: { url: 'http://169.254.169.254/${topic()}' } }],
        }),
    ],
  ])('refuses %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it('is not offered in a private network', async () => {
    const vpcConfiguration = { subnetIds: ['s'], vpcId: 'v', roleArn: 'r' }
    const creating = scene.engine.operations.CreateTopicRuleDestination(
      { destinationConfiguration: { vpcConfiguration } },
      scene.engine.context,
    )
    await expect(creating).rejects.toMatchObject({ code: 'NotImplementedException' })
  })

  it('refuses a token that was used', async () => {
    await scene.create()
    const token = await scene.tokenAt(0)
    await scene.confirm(token)
    await expect(scene.confirm(token)).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it.each(['ENABLED', 'DISABLED', 'ERROR', 'DELETING'])(
    'is not made %s before it is confirmed',
    async (status) => {
      const { arn } = await scene.create()
      await expect(scene.update(arn, status)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    },
  )

  it('is one for a confirmation URL', async () => {
    await scene.create()
    await expect(scene.create()).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' })
  })

  it.each(['get', 'update', 'delete'])('that is not there is refused to %s', async (call) => {
    const arn = `arn:aws:iot:us-east-1:${accountId}:ruledestination/http/${crypto.randomUUID()}`
    const calls = {
      get: () => scene.get(arn),
      update: () => scene.update(arn, 'DISABLED'),
      delete: () => scene.engine.operations.DeleteTopicRuleDestination({ arn }, scene.engine.context),
    }
    await expect(calls[call as 'get']()).rejects.toMatchObject({ code: 'UnauthorizedException' })
  })
})

describe('a server whose operator allows no address of its own', () => {
  let closed: TestEngine
  beforeEach(async () => {
    closed = await openTestEngine({ outboundAllow: '', lookUp: namesLeadingTo(['127.0.0.1']) })
  })
  afterEach(() => closed[Symbol.asyncDispose]())

  const createAt = (confirmationUrl: string) =>
    closed.operations.CreateTopicRuleDestination(
      { destinationConfiguration: { httpUrlConfiguration: { confirmationUrl } } },
      closed.context,
    )

  it.each(['127.0.0.1', '[::1]', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])(
    'takes no destination at %s, and says what the operator may do',
    async (host) => {
      await expect(createAt(`http://${host}:9080/`)).rejects.toMatchObject({
        code: 'InvalidRequestException',
        message: expect.stringContaining('--outbound-allow'),
      })
    },
  )

  it('sends nothing to a name that leads to itself, and tells only its log', async () => {
    const { topicRuleDestination } = await createAt(
      `${scene.service.url.replace('127.0.0.1', 'inside.example')}/hook`,
    )
    await closed.rules[Symbol.asyncDispose]()
    const { arn } = topicRuleDestination
    const found = await closed.operations.GetTopicRuleDestination({ arn }, closed.context)
    expect(found.topicRuleDestination.statusReason).toMatch(/No response received from the endpoint\.$/)
    expect(scene.service.received).toEqual([])
    expect(closed.told.join()).toContain('inside.example leads to 127.0.0.1')
  })
})
