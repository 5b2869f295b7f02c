import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountId, allow, openTestEngine, roleArn, type TestEngine } from '../testing/test-engine.ts'
import { awsSqlVersion, failures } from '../testing/test-rules.ts'

let engine: TestEngine
beforeEach(async () => void (engine = await openTestEngine()))
afterEach(() => engine[Symbol.asyncDispose]())

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
    expect(failures(engine)).toMatchObject([{ details: expect.stringContaining(detail) }])
  })
})
