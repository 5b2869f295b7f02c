import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { confirmDestination } from './confirmations.ts'
import { accountId, allow, openTestEngine, roleArn, start, type TestEngine } from './testing/test-engine.ts'
import { namesLeadingTo } from '../../test/helpers/outbound.ts'
import { startWebService, type WebService } from './testing/web-service.ts'

const publisher = { clientId: 'lamp-1' }
const days = (count: number) => new Date(start.getTime() + count * 86_400_000)

let engine: TestEngine
let service: WebService

beforeEach(async () => {
  engine = await openTestEngine()
  service = await startWebService()
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  await service[Symbol.asyncDispose]()
})

const create = async (confirmationUrl = `${service.url}/hook`) => {
  const destinationConfiguration = { httpUrlConfiguration: { confirmationUrl } }
  const created = await engine.operations.CreateTopicRuleDestination(
    { destinationConfiguration },
    engine.context,
  )
  return created.topicRuleDestination
}
const get = async (arn: string) =>
  (await engine.operations.GetTopicRuleDestination({ arn }, engine.context)).topicRuleDestination
const update = (arn: string, status: string) =>
  engine.operations.UpdateTopicRuleDestination({ arn, status: status as 'ENABLED' }, engine.context)
const confirm = (confirmationToken: string) =>
  engine.operations.ConfirmTopicRuleDestination({ confirmationToken })
/** The token of the request that came as number `at`. */
const tokenAt = async (at: number) => {
  await service.count(at + 1)
  const { confirmationToken } = JSON.parse(service.received[at]?.body ?? '') as { confirmationToken: string }
  return confirmationToken
}
const createEnabled = async (confirmationUrl?: string) => {
  const { arn } = await create(confirmationUrl)
  await confirm(await tokenAt(service.received.length))
  return arn
}

describe('a topic rule destination', () => {
  it('asks its web service for confirmation with a token, and is enabled by it', async () => {
    const created = await create()
    expect(created).toMatchObject({
      arn: expect.stringMatching(`^arn:aws:iot:us-east-1:${accountId}:ruledestination/http/[0-9a-f-]{36}$`),
      status: 'IN_PROGRESS',
      createdAt: start,
      httpUrlProperties: { confirmationUrl: `${service.url}/hook` },
    })
    const token = await tokenAt(0)
    const [request] = service.received
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
    await confirmDestination({ store: engine.store, now: () => engine.clock.now }, token)
    expect((await get(created.arn)).status).toBe('ENABLED')
  })

  it('is listed, paused, taken up again, and deleted', async () => {
    const arn = await createEnabled()
    await update(arn, 'DISABLED')
    const listed = await engine.operations.ListTopicRuleDestinations({}, engine.context)
    expect(listed.destinationSummaries).toMatchObject([
      { arn, status: 'DISABLED', httpUrlSummary: { confirmationUrl: `${service.url}/hook` } },
    ])
    await update(arn, 'ENABLED')
    expect((await get(arn)).status).toBe('ENABLED')
    await engine.operations.DeleteTopicRuleDestination({ arn }, engine.context)
    await expect(get(arn)).rejects.toMatchObject({ code: 'UnauthorizedException' })
  })

  it('is listed in pages', async () => {
    const arns = []
    for (const path of ['/a', '/b', '/c']) arns.push((await create(service.url + path)).arn)
    const list = (nextToken?: string) =>
      engine.operations.ListTopicRuleDestinations({ maxResults: 2, nextToken }, engine.context)
    const first = await list()
    const second = await list(first.nextToken)
    const found = [first, second].map((page) => page.destinationSummaries?.map(({ arn }) => arn) ?? [])
    expect(found.map((page) => page.length)).toEqual([2, 1])
    expect(found.flat()).toEqual(arns.toSorted())
    expect(second.nextToken).toBeUndefined()
  })

  it('says the same of its web service whatever comes of the message', async () => {
    const hangUp = { status: 'hang-up' as const }
    service.answers.push({ status: 404, body: 'inside information' }, hangUp, { status: 200 })
    const urls = ['/a', '/b', '/c'].map((path) => service.url + path)
    const arns = []
    for (const url of [...urls, 'http://127.0.0.1:1/']) arns.push((await create(url)).arn)
    await service.count(3)
    await engine.rules[Symbol.asyncDispose]() // waits for messages on their way
    for (const arn of arns)
      expect(await get(arn)).toMatchObject({
        status: 'IN_PROGRESS',
        statusReason: `Awaiting confirmation. Confirmation message sent on ${start.toISOString()}. No response received from the endpoint.`,
      })
    const log = engine.told.join()
    expect(log).toContain('inside information')
    expect(log).toContain('ECONNREFUSED')
  })

  it('is asked anew with another token, and the old one is worth nothing', async () => {
    const { arn } = await create()
    const old = await tokenAt(0)
    await update(arn, 'IN_PROGRESS')
    const renewed = await tokenAt(1)
    await expect(confirm(old)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    await confirm(renewed)
    expect((await get(arn)).status).toBe('ENABLED')
  })

  it('fails when it is not confirmed in three days', async () => {
    const { arn } = await create()
    const token = await tokenAt(0)
    engine.clock.now = days(4)
    expect(await get(arn)).toMatchObject({
      status: 'ERROR',
      statusReason: 'Destination confirmation timed out.',
    })
    await expect(confirm(token)).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it('stores no token', async () => {
    await create()
    const token = await tokenAt(0)
    const rows = await engine.store.read.selectFrom('topic_rule_destinations').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  it.each([
    ['a token that was not given out', () => confirm('x'.repeat(64))],
    ['an address that is no URL', () => create('hook')],
    ['an address that is not of the web', () => create('file:///etc/passwd')],
    ['an address with a password', () => create('https://a:b@example.com')],
    ['an ARN of another kind', () => get(`arn:aws:iot:us-east-1:${accountId}:rule/a`)],
    ...[
      'http://169.254.169.254/latest',
      'http://2852039166/',
      'http://0xa9fea9fe/',
      'http://[::ffff:169.254.169.254]/',
      'http://[64:ff9b::a9fe:a9fe]/',
      'http://[fe80::1]/',
      'http://0.0.0.0/',
      'http://10.0.0.7/',
    ].map((url): [string, () => Promise<unknown>] => [`the address ${url}`, () => create(url)]),
    [
      'a rule that posts to such an address',
      () =>
        engine.createRule('post', {
          sql: "SELECT * FROM 'in'",
          actions: [{ http: { url: 'http://169.254.169.254/${topic()}' } }],
        }),
    ],
  ])('refuses %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it('is not offered in a private network', async () => {
    const vpcConfiguration = { subnetIds: ['s'], vpcId: 'v', roleArn: 'r' }
    const creating = engine.operations.CreateTopicRuleDestination(
      { destinationConfiguration: { vpcConfiguration } },
      engine.context,
    )
    await expect(creating).rejects.toMatchObject({ code: 'NotImplementedException' })
  })

  it('refuses a token that was used', async () => {
    await create()
    const token = await tokenAt(0)
    await confirm(token)
    await expect(confirm(token)).rejects.toMatchObject({ code: 'InvalidRequestException' })
  })

  it.each(['ENABLED', 'DISABLED', 'ERROR', 'DELETING'])(
    'is not made %s before it is confirmed',
    async (status) => {
      const { arn } = await create()
      await expect(update(arn, status)).rejects.toMatchObject({ code: 'InvalidRequestException' })
    },
  )

  it('is one for a confirmation URL', async () => {
    await create()
    await expect(create()).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' })
  })

  it.each(['get', 'update', 'delete'])('that is not there is refused to %s', async (call) => {
    const arn = `arn:aws:iot:us-east-1:${accountId}:ruledestination/http/${crypto.randomUUID()}`
    const calls = {
      get: () => get(arn),
      update: () => update(arn, 'DISABLED'),
      delete: () => engine.operations.DeleteTopicRuleDestination({ arn }, engine.context),
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
      `${service.url.replace('127.0.0.1', 'inside.example')}/hook`,
    )
    await closed.rules[Symbol.asyncDispose]()
    const { arn } = topicRuleDestination
    const found = await closed.operations.GetTopicRuleDestination({ arn }, closed.context)
    expect(found.topicRuleDestination.statusReason).toMatch(/No response received from the endpoint\.$/)
    expect(service.received).toEqual([])
    expect(closed.told.join()).toContain('inside.example leads to 127.0.0.1')
  })
})

describe('an action that posts to a web service', () => {
  const failures = () => engine.logged.filter(({ status }) => status === 'Failure')
  const createRule = (more: object = {}) => {
    const http = { url: `${service.url}/hook/\${topic(2)}`, confirmationUrl: `${service.url}/hook`, ...more }
    return engine.createRule('post', { sql: "SELECT n FROM 'in/+'", actions: [{ http }] })
  }
  const publish = async (payload: object = { n: 1 }) => {
    engine.publish('in/1', payload, { publisher })
    await engine.rules.idle()
  }
  const posted = () => service.received.filter(({ path }) => !path.includes('confirmationToken'))

  it('sends the output with its headers to the confirmed service', async () => {
    await createEnabled()
    await createRule({ headers: [{ key: 'X-Device', value: '${clientid()}' }] })
    await publish()
    expect(posted()).toMatchObject([
      {
        method: 'POST',
        path: '/hook/1',
        body: '{"n":1}',
        headers: { 'x-device': 'lamp-1', 'content-type': 'application/json', 'content-length': '7' },
      },
    ])
    expect(failures()).toEqual([])
  })

  it.each([
    ['was not made', async () => undefined],
    ['is not confirmed', () => create()],
    ['is disabled', async () => update(await createEnabled(), 'DISABLED')],
    ['is for another URL', () => createEnabled(`${service.url}/other`)],
  ])('sends nothing when the destination %s', async (_, prepare) => {
    await prepare()
    await createRule()
    await publish()
    expect(posted()).toEqual([])
    expect(failures()).toMatchObject([
      { ruleAction: 'HttpAction', details: expect.stringContaining('destination') },
    ])
  })

  describe('in batches', () => {
    const batching = { enableBatching: true, batchConfig: { maxBatchSize: 2, maxBatchOpenMs: 200 } }
    const publishAll = async (payloads: (object | string)[], topic = 'in/1') => {
      for (const payload of payloads) engine.publish(topic, payload, { publisher })
      await engine.rules.idle()
    }
    const items = () => posted().flatMap(({ body }) => JSON.parse(body) as unknown[])

    it('sends arrays of what came, none of it twice', async () => {
      await createEnabled()
      await createRule({ ...batching, headers: [{ key: 'X-Device', value: '${n}' }] })
      await publishAll([{ n: 1 }, { n: 2 }, { n: 3 }])
      expect(items()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
      for (const { headers, body } of posted()) {
        const last = (JSON.parse(body) as { n: number }[]).at(-1)
        expect(headers).toMatchObject({ 'x-device': String(last?.n), 'content-type': 'application/json' })
      }
      expect(failures()).toEqual([])
    })

    it('sends what waits when the engine stops', async () => {
      await createEnabled()
      await createRule(batching)
      engine.publish('in/1', { n: 1 }, { publisher })
      await engine.rules[Symbol.asyncDispose]()
      expect(items()).toEqual([{ n: 1 }])
    })

    it('sends each message of a batch that failed to the action for errors, with its own payload', async () => {
      await createEnabled()
      await engine.createRole('publisher', allow('iot:Publish'))
      const http = { url: `${service.url}/hook`, ...batching }
      await engine.createRule('post', {
        sql: "SELECT n FROM 'in/+'",
        actions: [{ http }],
        errorAction: { republish: { roleArn: roleArn('publisher'), topic: 'errors' } },
      })
      const errors = engine.listen('errors')
      service.answers.push({ status: 400 }, { status: 400 })
      await publishAll([{ n: 1 }, { n: 2 }])
      const told = errors.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as never)
      const decode = ({ base64OriginalPayload }: { base64OriginalPayload: string }) =>
        Buffer.from(base64OriginalPayload, 'base64').toString()
      expect(told.map(decode).toSorted()).toEqual(['{"n":1}', '{"n":2}'])
      for (const one of told)
        expect(one).toMatchObject({
          failures: [
            {
              failedAction: 'HttpAction',
              failedResource: `${service.url}/hook`,
              errorMessage: expect.stringContaining('answered 400'),
            },
          ],
        })
    })

    it('tries a batch again when the service may do better', async () => {
      await createEnabled()
      await createRule(batching)
      service.answers.push({ status: 503 })
      await publishAll([{ n: 1 }])
      expect(posted().map(({ body }) => body)).toEqual(['[{"n":1}]', '[{"n":1}]'])
      expect(failures()).toEqual([])
    })

    it('sends nothing that is no JSON', async () => {
      await createEnabled()
      const http = { url: `${service.url}/hook`, ...batching }
      await engine.createRule('post', { sql: "SELECT * FROM 'in/+'", actions: [{ http }] })
      await publishAll(['no JSON'])
      expect(posted()).toEqual([])
      expect(failures()).toMatchObject([{ details: expect.stringContaining('must be JSON') }])
    })
  })

  it('sends nothing to another server that the message names', async () => {
    await createEnabled()
    await createRule({ url: '${to}' })
    await publish({ to: 'http://127.0.0.1:1/hook' })
    expect(posted()).toEqual([])
    expect(failures()).toMatchObject([{ details: expect.stringContaining('beginning of url') }])
  })

  it('sends no header with a line break that the message brings', async () => {
    await createEnabled()
    await createRule({ headers: [{ key: 'X-Device', value: '${name}' }] })
    await publish({ name: 'a\r\nX-Admin: yes' })
    expect(posted()).toEqual([])
    expect(failures()).toHaveLength(1)
  })

  it('keeps the query of the URL, which may hold a secret, out of logs and error messages', async () => {
    await createEnabled()
    await createRule({ url: `${service.url}/hook?key=hunter2` })
    service.answers.push({ status: 400 })
    await publish()
    expect(posted()).toMatchObject([{ path: '/hook?key=hunter2' }])
    expect(failures()).toMatchObject([{ resources: { Url: `${service.url}/hook` } }])
    expect(JSON.stringify([engine.logged, engine.recorded])).not.toContain('hunter2')
  })

  it.each([
    ['refuses', { status: 403, body: 'inside information' }, 'answered 403'],
    ['hangs up', { status: 'hang-up' as const }, 'does not answer'],
  ])('keeps what a service says that %s to the log of the server', async (_, answer, details) => {
    await createEnabled()
    await createRule()
    service.answers.push(answer, answer, answer)
    await publish()
    expect(failures()).toMatchObject([{ details: expect.stringContaining(details) }])
    const told = JSON.stringify([engine.logged, engine.recorded])
    expect(told).not.toMatch(/inside information|hang up|ECONN/)
    expect(engine.told.join()).toMatch(/inside information|hang up/)
  })

  it.each([
    ['fails for a while', [{ status: 500 }, { status: 503 }], 3, 0],
    ['asks for patience', [{ status: 429 }], 2, 0],
    ['hangs up', [{ status: 'hang-up' as const }], 2, 0],
    ['fails for good', [{ status: 500 }, { status: 500 }, { status: 500, body: 'no disk' }], 3, 1],
    ['refuses', [{ status: 400 }], 1, 1],
    ['sends elsewhere', [{ status: 302, location: 'http://127.0.0.1:1/' }], 1, 1],
    ['answers too much', [{ status: 200, body: 'x'.repeat(20_000) }], 1, 1],
  ])('to a service that %s', async (_, answers, tries, failed) => {
    await createEnabled()
    await createRule()
    service.answers.push(...answers)
    await publish()
    expect([posted().length, failures().length]).toEqual([tries, failed])
  })
})
