import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { iotError } from '../api/aws/errors.ts'
import { functionArn, openTestEngine, roleArn, type TestEngine } from './testing/test-engine.ts'
import {
  anyTopic,
  certificateId,
  createPublisher,
  failures,
  lambda,
  publisher,
  republish,
  textOf,
} from './testing/test-rules.ts'

let engine: TestEngine
let invoke: () => Promise<void>

beforeEach(async () => {
  invoke = async () => undefined
  engine = await openTestEngine({ invoke: () => invoke() })
})

afterEach(() => engine[Symbol.asyncDispose]())

describe('a rule that fails', () => {
  const withErrorAction = {
    sql: "SELECT * FROM 'in'",
    errorAction: { republish: { roleArn: roleArn('publisher'), topic: 'errors/${topic()}' } },
  }

  it('sends all failures of a message as one to the error action', async () => {
    await createPublisher(engine, `${anyTopic}/errors/*`)
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
    expect(failures(engine)).toMatchObject([
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
    expect(failures(engine)).toHaveLength(1)
  })

  it('is well when a later try succeeds', async () => {
    invoke = async () => {
      if (engine.invocations.length < 3) throw iotError('TooManyRequestsException' as never, 'not now')
    }
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', {})
    await engine.rules.idle()
    expect(failures(engine)).toEqual([])
  })

  it('does not run its error action for the failure of the error action', async () => {
    await createPublisher(engine, `${anyTopic}/nothing`)
    await engine.createRule('copy', { ...withErrorAction, actions: [republish('out')] })
    engine.publish('in', {})
    await engine.rules.idle()
    expect(failures(engine).map(({ resources }) => resources)).toEqual([
      { RepublishTopic: 'out' },
      { RepublishTopic: 'errors/in' },
    ])
  })

  it('does not hand bytes that are no JSON to a function', async () => {
    await engine.createRule('copy', { sql: "SELECT * FROM 'in'", actions: [lambda] })
    engine.publish('in', Buffer.from([1, 2, 3]))
    await engine.rules.idle()
    expect(engine.invocations).toEqual([])
    expect(failures(engine)).toMatchObject([{ details: expect.stringContaining("encode(*, 'base64')") }])
  })

  it('tells of a statement that cannot be evaluated', async () => {
    await createPublisher(engine)
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
    expect(failures(engine)).toHaveLength(1)
    expect(JSON.stringify([engine.logged, engine.recorded])).not.toContain('secret')
  })
})
