import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRules } from './rules.ts'
import { accountId, functionArn, openTestEngine, type TestEngine } from './testing/test-engine.ts'
import { awsSqlVersion, certificateId, lambda, publisher, textOf } from './testing/test-rules.ts'

let engine: TestEngine
beforeEach(async () => void (engine = await openTestEngine()))
afterEach(() => engine[Symbol.asyncDispose]())

const ruleArn = (name: string) => `arn:aws:iot:us-east-1:${accountId}:rule/${name}`
const registered = '$aws/events/certificates/registered/cafe'
const invoked = () => engine.invocations.map(({ payload }) => JSON.parse(textOf(payload)) as unknown)
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
