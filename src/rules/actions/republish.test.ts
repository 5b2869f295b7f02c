import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NoRoomError } from '../../fabric/in-process/index.ts'
import { openTestEngine, trusting, type TestEngine } from '../testing/test-engine.ts'
import { anyTopic, createPublisher, failures, publisher, republish, textOf } from '../testing/test-rules.ts'

let engine: TestEngine
beforeEach(async () => void (engine = await openTestEngine()))
afterEach(() => engine[Symbol.asyncDispose]())

describe('a republished message', () => {
  it('goes to the topic made of the message, with its headers', async () => {
    await createPublisher(engine)
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
    await createPublisher(engine)
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [republish('out')] })
    const copies = engine.listen('out')
    engine.publish('in', Buffer.from([0xff, 0, 1]))
    await engine.rules.idle()
    expect(copies.map(({ payload }) => [...payload])).toEqual([[0xff, 0, 1]])
  })

  it('may go to a reserved topic of a thing, written with two dollar signs', async () => {
    await createPublisher(engine)
    const action = republish('$$aws/things/${topic(2)}/shadow/update')
    await engine.createRule('shadow', { sql: "SELECT * FROM 'in/+'", actions: [action] })
    const updates = engine.listen('$aws/things/+/shadow/update')
    engine.publish('in/lamp-1', {})
    await engine.rules.idle()
    expect(updates).toHaveLength(1)
  })

  it('ends after ten rules, so rules that feed each other come to an end', async () => {
    await createPublisher(engine)
    await engine.createRule('ping', { sql: "SELECT * FROM 'ping'", actions: [republish('pong')] })
    await engine.createRule('pong', { sql: "SELECT * FROM 'pong'", actions: [republish('ping')] })
    const messages = engine.listen('#')
    engine.publish('ping', {})
    await engine.rules.idle()
    expect(messages).toHaveLength(11)
    expect(failures(engine)).toMatchObject([{ details: expect.stringContaining('10 rules') }])
  })

  it.each([
    ['the role does not allow the topic', `${anyTopic}/copies/other`, 'out', 'iot:Publish'],
    ['the topic has a wildcard', '*', '${t}', 'without wildcards'],
    ['the topic is empty', '*', '${missing}', 'without wildcards'],
    ['the topic is one of events', '*', '$$aws/${e}', 'is reserved'],
    ['the topic has too many levels', '*', '${d}', 'at most 7 slashes'],
  ])('is not published when %s', async (_, allowed, topic, detail) => {
    await createPublisher(engine, allowed)
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [republish(topic)] })
    const messages = engine.listen('#')
    const events = engine.listen('$aws/events/#')
    engine.publish('in', { t: 'a/#', d: 'a/b/c/d/e/f/g/h/i', e: 'events/presence/connected/x' })
    await engine.rules.idle()
    expect([messages.length, events.length]).toEqual([1, 0])
    expect(failures(engine)).toMatchObject([
      { eventType: 'RuleExecution', ruleAction: 'RepublishAction', details: expect.stringContaining(detail) },
    ])
  })

  it.each([
    ['messageExpiry', 'soon'],
    ['payloadFormatIndicator', 'MAYBE'],
    ['correlationData', '!!'],
  ])('is not published when the message makes %s of "%s"', async (name, value) => {
    await createPublisher(engine)
    const action = republish('out', { headers: { [name]: '${value}' } })
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [action] })
    const copies = engine.listen('out')
    engine.publish('in', { value })
    await engine.rules.idle()
    expect(copies).toEqual([])
    expect(failures(engine)).toMatchObject([{ details: expect.stringContaining(`headers.${name}`) }])
  })

  it('that a subscriber has no room for is a failure of the rule, and is not tried again', async () => {
    await createPublisher(engine)
    const actions = [republish('out')]
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions, errorAction: republish('errors') })
    engine.fabric.subscribe('000000000000', 'out', () => Promise.reject(new NoRoomError()))
    const copies = engine.listen('out')
    const errors = engine.listen('errors')
    engine.publish('in', {})
    await engine.rules.idle()
    expect(copies).toHaveLength(1)
    expect(failures(engine)).toMatchObject([{ details: 'a subscriber has no room for more messages' }])
    expect(errors.map(({ payload }) => textOf(payload))).toEqual([
      expect.stringContaining('a subscriber has no room for more messages'),
    ])
  })

  it('is not published under a role that no longer trusts AWS IoT', async () => {
    await createPublisher(engine)
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [republish('out')] })
    const PolicyDocument = trusting('lambda.amazonaws.com')
    await engine.iam.UpdateAssumeRolePolicy({ RoleName: 'publisher', PolicyDocument }, engine.context)
    const copies = engine.listen('out')
    engine.publish('in', {})
    await engine.rules.idle()
    expect(copies).toEqual([])
    expect(failures(engine)).toMatchObject([{ details: expect.stringContaining('trust policy') }])
  })
})
