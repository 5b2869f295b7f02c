import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { iotError } from '../api/aws/errors.ts'
import { createRules } from './rules.ts'
import {
  accountId,
  allow,
  functionArn,
  openTestEngine,
  roleArn,
  trusting,
  type TestEngine,
} from './testing/test-engine.ts'

const ruleArn = (name: string) => `arn:aws:iot:us-east-1:${accountId}:rule/${name}`
const anyTopic = `arn:aws:iot:us-east-1:${accountId}:topic`
const lambda = { lambda: { functionArn: functionArn('greet') } }
const certificateId = 'ab'.repeat(32)
const publisher = { clientId: 'lamp-1', principal: certificateId, sourceIp: '192.0.2.7' }
const registered = '$aws/events/certificates/registered/cafe'
const awsSqlVersion = { awsIotSqlVersion: '2016-03-23' }

let engine: TestEngine
let invoke: () => Promise<void>

beforeEach(async () => {
  invoke = async () => undefined
  engine = await openTestEngine({ invoke: () => invoke() })
})

afterEach(() => engine[Symbol.asyncDispose]())

const textOf = (payload: Uint8Array | undefined) => Buffer.from(payload ?? []).toString()
const invoked = () => engine.invocations.map(({ payload }) => JSON.parse(textOf(payload)) as unknown)
const republish = (topic: string, more: object = {}) => ({
  republish: { roleArn: roleArn('publisher'), topic, ...more },
})
const createPublisher = (resource = '*') => engine.createRole('publisher', allow('iot:Publish', resource))
const failures = () => engine.logged.filter(({ status }) => status === 'Failure')
const eventTypes = () => engine.logged.map(({ eventType }) => eventType)

describe('a rule', () => {
  it('takes what it selects from matching messages to its function, in the name of the rule', async () => {
    const sql = `SELECT temperature AS t, topic(2) AS device, clientid() AS client FROM 'sensors/+' WHERE temperature > 20`
    await engine.createRule('hot', { sql, actions: [lambda], ...awsSqlVersion })
    engine.publish('sensors/lamp-1', { temperature: 21 }, { publisher })
    engine.publish('sensors/lamp-1', { temperature: 19 }, { publisher })
    engine.publish('elsewhere/lamp-1', { temperature: 30 }, { publisher })
    await engine.rules.idle()
    expect(invoked()).toEqual([{ t: 21, device: 'lamp-1', client: 'lamp-1' }])
    expect(engine.invocations[0]).toMatchObject({
      functionArn: functionArn('greet'),
      service: 'iot.amazonaws.com',
      sourceArn: ruleArn('hot'),
      sourceAccount: accountId,
    })
  })

  it('does nothing within the publish itself, so a publisher never waits for it', async () => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a'", actions: [lambda] })
    engine.publish('a', {})
    expect(engine.logged).toEqual([])
    await engine.rules.idle()
    expect(engine.invocations).toHaveLength(1)
  })

  it('sees the client id of a device that waits for activation as context of the event', async () => {
    const sql = `SELECT *, clientid() AS clientid FROM ${registered}`
    await engine.createRule('register', { sql, actions: [lambda], ...awsSqlVersion })
    engine.publish(registered, { certificateId }, { publisher })
    await engine.rules.idle()
    expect(invoked()).toEqual([{ certificateId, clientid: 'lamp-1' }])
  })

  it('takes every device of a storm to its function', async () => {
    await engine.createRule('register', { sql: `SELECT * FROM '${registered}'`, actions: [lambda] })
    const devices = Array.from({ length: 300 }, (_, at) => `device-${at}`)
    for (const device of devices) engine.publish(registered, { certificateId: device }, { publisher })
    await engine.rules.idle()
    expect(invoked()).toEqual(devices.map((device) => ({ certificateId: device })))
    expect(engine.rules.dropped()).toBe(0)
  })

  it('tells the journal when messages find no room, at first and how many in all', async () => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a' WHERE n < 0", actions: [lambda] })
    for (let n = 0; n < 5003; n++) engine.publish('a', { n }, { publisher })
    await engine.rules.idle()
    const dropped = (count: number) => ({
      code: 'rule-messages-dropped',
      clientId: 'lamp-1',
      details: { ruleName: 'all', topic: 'a', dropped: count },
    })
    expect(engine.recorded).toMatchObject([dropped(1), dropped(3)])
    expect(engine.rules.dropped()).toBe(3)
  })

  it('tells the log what it matched and did, with the device', async () => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a'", actions: [lambda] })
    engine.publish('a', {}, { publisher })
    await engine.rules.idle()
    expect(eventTypes()).toEqual(['RuleMatch', 'StartingRuleExecution', 'RuleExecution'])
    expect(engine.logged[2]).toMatchObject({
      level: 'INFO',
      status: 'Success',
      ruleName: 'all',
      ruleAction: 'LambdaAction',
      topicName: 'a',
      clientId: 'lamp-1',
      principalId: certificateId,
      sourceIp: '192.0.2.7',
      resources: { FunctionArn: functionArn('greet') },
    })
  })

  it.each([
    ['is disabled', (e: TestEngine) => e.operations.DisableTopicRule({ ruleName: 'all' }, e.context)],
    ['is deleted', (e: TestEngine) => e.operations.DeleteTopicRule({ ruleName: 'all' }, e.context)],
    [
      'is replaced by one for another topic',
      (e: TestEngine) =>
        e.operations.ReplaceTopicRule(
          { ruleName: 'all', topicRulePayload: { sql: "SELECT * FROM 'b'", actions: [] } },
          e.context,
        ),
    ],
  ])('does not run any more once it %s', async (_, change) => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a'", actions: [lambda] })
    await change(engine)
    engine.publish('a', {})
    await engine.rules.idle()
    expect(engine.invocations).toEqual([])
  })

  it('runs once it is enabled', async () => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a'", actions: [lambda], ruleDisabled: true })
    engine.publish('a', { n: 1 })
    await engine.operations.EnableTopicRule({ ruleName: 'all' }, engine.context)
    engine.publish('a', { n: 2 })
    await engine.rules.idle()
    expect(invoked()).toEqual([{ n: 2 }])
  })

  it('is there again when the server starts anew, and a rule that cannot be read harms no other', async () => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a'", actions: [lambda] })
    await engine.createRule('bad', { sql: "SELECT * FROM 'a'", actions: [lambda] })
    await engine.rules[Symbol.asyncDispose]()
    await engine.store.transact((db) =>
      db.updateTable('topic_rules').set({ sql_text: 'SELEC' }).where('rule_name', '=', 'bad').execute(),
    )
    await using again = await createRules(engine.deps)
    engine.publish('a', {})
    await again.idle()
    expect(engine.invocations.map(({ sourceArn }) => sourceArn)).toEqual([ruleArn('all')])
    expect(engine.errors).toMatchObject([{ ruleName: 'bad' }])
  })

  it('leaves messages of another account alone', async () => {
    await engine.createRule('all', { sql: "SELECT * FROM 'a'", actions: [lambda] })
    engine.publish('a', {}, { accountId: '111122223333' })
    await engine.rules.idle()
    expect(engine.invocations).toEqual([])
  })
})

describe('Basic Ingest', () => {
  it('goes by the name of the rule, and topic() does not have the prefix', async () => {
    await engine.createRule('direct', {
      sql: 'SELECT topic() AS topic, topic(1) AS first',
      actions: [lambda],
    })
    engine.publish('$aws/rules/direct/floor/1', {})
    await engine.rules.idle()
    expect(invoked()).toEqual([{ topic: 'floor/1', first: 'floor' }])
  })

  it.each([
    ['a rule that is not there', 'nobody', {}],
    ['a rule that is disabled', 'direct', { ruleDisabled: true }],
  ])('to %s is told to the log alone', async (_, name, more) => {
    await engine.createRule('direct', { sql: 'SELECT *', actions: [lambda], ...more })
    engine.publish(`$aws/rules/${name}/a`, {}, { publisher })
    await engine.rules.idle()
    expect(engine.invocations).toEqual([])
    expect(engine.logged).toMatchObject([
      { eventType: 'RuleNotFound', ruleName: name, status: 'Failure', clientId: 'lamp-1' },
    ])
  })
})

describe('a republished message', () => {
  it('goes to the topic made of the message, with its headers', async () => {
    await createPublisher()
    const headers = {
      payloadFormatIndicator: 'UTF8_DATA',
      contentType: 'application/${kind}',
      responseTopic: 'answers/${clientid()}',
      correlationData: 'AQID',
      messageExpiry: '60',
      userProperties: [
        { key: 'from', value: '${topic()}' },
        { key: 'tag', value: 'one' },
        { key: 'tag', value: 'two' },
      ],
    }
    const action = republish('copies/${topic(2)}', { qos: 1, headers })
    await engine.createRule('copy', { sql: "SELECT n FROM 'in/+'", actions: [action] })
    const copies = engine.listen('copies/#')
    engine.publish('in/lamp-1', { n: 1, kind: 'json' }, { publisher })
    await engine.rules.idle()
    expect(textOf(copies[0]?.payload)).toBe('{"n":1}')
    expect(copies).toMatchObject([
      {
        topic: 'copies/lamp-1',
        qos: 1,
        retain: false,
        hops: 1,
        properties: {
          payloadFormatIndicator: true,
          contentType: 'application/json',
          responseTopic: 'answers/lamp-1',
          correlationData: Buffer.from([1, 2, 3]),
          messageExpiryInterval: 60,
          userProperties: [
            ['from', 'in/lamp-1'],
            ['tag', 'one'],
            ['tag', 'two'],
          ],
        },
      },
    ])
  })

  it('keeps bytes that are no JSON as they are', async () => {
    await createPublisher()
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [republish('out')] })
    const copies = engine.listen('out')
    engine.publish('in', Buffer.from([0xff, 0, 1]))
    await engine.rules.idle()
    expect(copies.map(({ payload }) => [...payload])).toEqual([[0xff, 0, 1]])
  })

  it('may go to a reserved topic of a thing, written with two dollar signs', async () => {
    await createPublisher()
    const action = republish('$$aws/things/${topic(2)}/shadow/update')
    await engine.createRule('shadow', { sql: "SELECT * FROM 'in/+'", actions: [action] })
    const updates = engine.listen('$aws/things/+/shadow/update')
    engine.publish('in/lamp-1', {})
    await engine.rules.idle()
    expect(updates).toHaveLength(1)
  })

  it('ends after ten rules, so rules that feed each other come to an end', async () => {
    await createPublisher()
    await engine.createRule('ping', { sql: "SELECT * FROM 'ping'", actions: [republish('pong')] })
    await engine.createRule('pong', { sql: "SELECT * FROM 'pong'", actions: [republish('ping')] })
    const messages = engine.listen('#')
    engine.publish('ping', {})
    await engine.rules.idle()
    expect(messages).toHaveLength(11)
    expect(failures()).toMatchObject([{ details: expect.stringContaining('10 rules') }])
  })

  it.each([
    ['the role does not allow the topic', `${anyTopic}/copies/other`, 'out', 'iot:Publish'],
    ['the topic has a wildcard', '*', '${t}', 'without wildcards'],
    ['the topic is empty', '*', '${missing}', 'without wildcards'],
    ['the topic is one of events', '*', '$$aws/${e}', 'is reserved'],
    ['the topic has too many levels', '*', '${d}', 'at most 7 slashes'],
  ])('is not published when %s', async (_, allowed, topic, detail) => {
    await createPublisher(allowed)
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [republish(topic)] })
    const messages = engine.listen('#')
    const events = engine.listen('$aws/events/#')
    engine.publish('in', { t: 'a/#', d: 'a/b/c/d/e/f/g/h/i', e: 'events/presence/connected/x' })
    await engine.rules.idle()
    expect([messages.length, events.length]).toEqual([1, 0])
    expect(failures()).toMatchObject([
      { eventType: 'RuleExecution', ruleAction: 'RepublishAction', details: expect.stringContaining(detail) },
    ])
  })

  it.each([
    ['messageExpiry', 'soon'],
    ['payloadFormatIndicator', 'MAYBE'],
    ['correlationData', '!!'],
  ])('is not published when the message makes %s of "%s"', async (name, value) => {
    await createPublisher()
    const action = republish('out', { headers: { [name]: '${value}' } })
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [action] })
    const copies = engine.listen('out')
    engine.publish('in', { value })
    await engine.rules.idle()
    expect(copies).toEqual([])
    expect(failures()).toMatchObject([{ details: expect.stringContaining(`headers.${name}`) }])
  })

  it('is not published under a role that no longer trusts AWS IoT', async () => {
    await createPublisher()
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [republish('out')] })
    const PolicyDocument = trusting('lambda.amazonaws.com')
    await engine.iam.UpdateAssumeRolePolicy({ RoleName: 'publisher', PolicyDocument }, engine.context)
    const copies = engine.listen('out')
    engine.publish('in', {})
    await engine.rules.idle()
    expect(copies).toEqual([])
    expect(failures()).toMatchObject([{ details: expect.stringContaining('trust policy') }])
  })
})

describe('a rule that fails', () => {
  const withErrorAction = {
    sql: "SELECT * FROM 'in'",
    errorAction: { republish: { roleArn: roleArn('publisher'), topic: 'errors/${topic()}' } },
  }

  it('sends all failures of a message as one to the error action', async () => {
    await createPublisher(`${anyTopic}/errors/*`)
    invoke = async () => {
      throw iotError('ResourceNotFoundException', 'there is no function greet')
    }
    await engine.createRule('copy', {
      ...withErrorAction,
      actions: [lambda, republish('out'), republish('errors/fine')],
    })
    const errors = engine.listen('errors/in')
    engine.publish('in', { n: 1 }, { publisher })
    await engine.rules.idle()
    expect(errors.map(({ payload }) => JSON.parse(textOf(payload)) as unknown)).toEqual([
      {
        ruleName: 'copy',
        topic: 'in',
        cloudwatchTraceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        clientId: 'lamp-1',
        base64OriginalPayload: Buffer.from('{"n":1}').toString('base64'),
        failures: [
          {
            failedAction: 'LambdaAction',
            failedResource: functionArn('greet'),
            errorMessage: 'ResourceNotFoundException: there is no function greet',
          },
          {
            failedAction: 'RepublishAction',
            failedResource: 'out',
            errorMessage: expect.stringContaining('iot:Publish'),
          },
        ],
      },
    ])
  })

  it('shows in the log and in the journal of the device', async () => {
    invoke = async () => {
      throw iotError('AccessDeniedException', 'no statement lets iot.amazonaws.com invoke it')
    }
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', {}, { publisher })
    await engine.rules.idle()
    expect(failures()).toMatchObject([
      { level: 'ERROR', eventType: 'RuleExecution', ruleAction: 'LambdaAction', clientId: 'lamp-1' },
    ])
    expect(engine.recorded).toMatchObject([
      {
        code: 'rule-failed',
        certificateId,
        clientId: 'lamp-1',
        details: { ruleName: 'copy', action: 'LambdaAction', resource: functionArn('greet') },
      },
    ])
  })

  it.each([
    ['TooManyRequestsException', 3, [200, 1000]],
    ['AccessDeniedException', 1, []],
    ['ResourceNotFoundException', 1, []],
  ])('after %s tries %i times', async (code, tries, pauses) => {
    invoke = async () => {
      throw iotError(code as never, 'not now')
    }
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', {})
    await engine.rules.idle()
    expect(engine.invocations).toHaveLength(tries)
    expect(engine.pauses).toEqual(pauses)
    expect(failures()).toHaveLength(1)
  })

  it('is well when a later try succeeds', async () => {
    invoke = async () => {
      if (engine.invocations.length < 3) throw iotError('TooManyRequestsException' as never, 'not now')
    }
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', {})
    await engine.rules.idle()
    expect(failures()).toEqual([])
  })

  it('does not run its error action for the failure of the error action', async () => {
    await createPublisher(`${anyTopic}/nothing`)
    await engine.createRule('copy', { ...withErrorAction, actions: [republish('out')] })
    engine.publish('in', {})
    await engine.rules.idle()
    expect(failures().map(({ resources }) => resources)).toEqual([
      { RepublishTopic: 'out' },
      { RepublishTopic: 'errors/in' },
    ])
  })

  it('does not hand bytes that are no JSON to a function', async () => {
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', Buffer.from([1, 2, 3]))
    await engine.rules.idle()
    expect(engine.invocations).toEqual([])
    expect(failures()).toMatchObject([{ details: expect.stringContaining("encode(*, 'base64')") }])
  })

  it('tells of a statement that cannot be evaluated', async () => {
    await createPublisher()
    await engine.createRule('copy', {
      ...withErrorAction,
      sql: "SELECT *, 1 AS one FROM 'in'",
      actions: [lambda],
    })
    const errors = engine.listen('errors/in')
    engine.publish('in', Buffer.from([1, 2, 3]))
    await engine.rules.idle()
    expect(engine.invocations).toEqual([])
    expect(textOf(errors[0]?.payload)).toContain('"failedAction":"RuleEvaluation"')
  })

  it('keeps what is unexpected to itself, and goes on', async () => {
    invoke = async () => {
      if (engine.invocations.length === 1) throw new TypeError('a secret of the inside')
    }
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', {})
    engine.publish('in', {})
    await engine.rules.idle()
    expect(engine.invocations).toHaveLength(2)
    expect(failures()).toHaveLength(1)
    expect(JSON.stringify([engine.logged, engine.recorded])).not.toContain('secret')
  })
})

describe('logs', () => {
  const write = (more: object = {}) => ({
    cloudwatchLogs: { roleArn: roleArn('writer'), logGroupName: 'rules/${topic()}', ...more },
  })
  const createWriter = (actions = ['logs:CreateLogStream', 'logs:PutLogEvents']) =>
    engine.createRole('writer', allow(actions, `arn:aws:logs:us-east-1:${accountId}:log-group:rules/*`))

  it('get the output as one event', async () => {
    await createWriter()
    await engine.createRule('keep', { sql: "SELECT n FROM 'in'", actions: [write()] })
    engine.publish('in', { n: 1 })
    await engine.rules.idle()
    expect(engine.appended).toEqual([
      {
        accountId,
        logGroupName: 'rules/in',
        logStreamName: 'keep',
        events: [{ timestamp: engine.clock.now, message: '{"n":1}' }],
      },
    ])
  })

  it('get each item of the output as an event in batch mode', async () => {
    await createWriter()
    const sql = "SELECT VALUE events FROM 'in'"
    await engine.createRule('keep', { sql, actions: [write({ batchMode: true })], ...awsSqlVersion })
    const events = [
      { timestamp: 1000, message: 'one' },
      { timestamp: 2000, message: 'two' },
    ]
    engine.publish('in', { events })
    await engine.rules.idle()
    expect(engine.appended.flatMap((append) => append.events)).toEqual([
      { timestamp: new Date(1000), message: 'one' },
      { timestamp: new Date(2000), message: 'two' },
    ])
  })

  it.each([
    ['the role may not write', ['logs:CreateLogStream'], {}, {}, 'logs:PutLogEvents'],
    ['the role may not make streams', ['logs:PutLogEvents'], {}, {}, 'logs:CreateLogStream'],
    ['a batch is no array', ['logs:*'], { batchMode: true }, {}, 'must be a JSON array'],
    ['an item has no time', ['logs:*'], { batchMode: true }, [{ message: 'm' }], 'item 0'],
    ['a message is no text', ['logs:*'], { batchMode: true }, [{ timestamp: 1, message: 2 }], 'item 0'],
    ['the name is none for a group', ['logs:*'], { logGroupName: '${newuuid()} :' }, {}, 'cannot be named'],
  ])('get nothing when %s', async (_, actions, more, payload, detail) => {
    await createWriter(actions)
    await engine.createRule('keep', { sql: "SELECT * FROM 'in'", actions: [write(more)] })
    engine.publish('in', payload)
    await engine.rules.idle()
    expect(engine.appended).toEqual([])
    expect(failures()).toMatchObject([{ details: expect.stringContaining(detail) }])
  })
})
