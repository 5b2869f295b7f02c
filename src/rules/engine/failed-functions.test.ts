import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FunctionFailure } from '../../functions/index.ts'
import { createRules } from '../rules.ts'
import {
  accountId,
  allow,
  functionArn,
  openTestEngine,
  roleArn,
  type TestEngine,
} from '../testing/test-engine.ts'

const certificateId = 'ab'.repeat(32)
const publisher = { clientId: 'lamp-1', principal: certificateId, sourceIp: '192.0.2.7' }
const rule = {
  sql: "SELECT certificateId FROM 'registered'",
  actions: [{ lambda: { functionArn: functionArn('onboard') } }],
  errorAction: { republish: { roleArn: roleArn('publisher'), topic: 'errors' } },
}

let engine: TestEngine
beforeEach(async () => {
  engine = await openTestEngine()
  await engine.createRole('publisher', allow('iot:Publish'))
})
afterEach(() => engine[Symbol.asyncDispose]())

/** The rule has given a message to its function. */
async function invoke(): Promise<void> {
  await engine.createRule('jitr', rule)
  engine.publish('registered', { certificateId, n: 1 }, { publisher })
  await engine.rules.idle()
}

/** The function fails on what it was given last. */
async function fail(more: Partial<FunctionFailure> = {}): Promise<void> {
  const { service, sourceArn, memo } = engine.invocations.at(-1)!
  engine.failFunction({
    accountId,
    functionName: 'onboard',
    requestId: 'request-1',
    source: { service, sourceArn, memo },
    attempt: 1,
    isFinal: false,
    errorType: 'Sandbox.Timedout',
    errorMessage: 'Task timed out after 3.00 seconds',
    ...more,
  })
  await engine.rules.idle()
}

const failures = () => engine.logged.filter(({ status }) => status === 'Failure')

describe('a function that fails on what a rule gave it', () => {
  it('shows in the journal of the device at each attempt, and in nothing else while it is tried again', async () => {
    await invoke()
    const errors = engine.listen('errors')
    await fail({ attempt: 1 })
    await fail({ attempt: 2 })
    const entry = (attempt: number) => ({
      accountId,
      at: engine.clock.now,
      code: 'function-failed',
      certificateId,
      clientId: 'lamp-1',
      sourceIp: '192.0.2.7',
      details: {
        functionName: 'onboard',
        attempt,
        error: 'Sandbox.Timedout: Task timed out after 3.00 seconds',
        ruleName: 'jitr',
        topic: 'registered',
      },
    })
    expect(engine.recorded).toEqual([entry(1), entry(2)])
    expect(errors).toEqual([])
    expect(failures()).toEqual([])
  })

  it('is a failure of the rule once it is given up', async () => {
    await invoke()
    const { traceId } = engine.logged[0]!
    const errors = engine.listen('errors')
    await fail({ attempt: 3, isFinal: true })
    const errorMessage = 'Sandbox.Timedout: Task timed out after 3.00 seconds'
    expect(errors.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as unknown)).toEqual([
      {
        ruleName: 'jitr',
        topic: 'registered',
        cloudwatchTraceId: traceId,
        clientId: 'lamp-1',
        base64OriginalPayload: Buffer.from(JSON.stringify({ certificateId, n: 1 })).toString('base64'),
        failures: [{ failedAction: 'LambdaAction', failedResource: functionArn('onboard'), errorMessage }],
      },
    ])
    expect(failures()).toMatchObject([
      {
        traceId,
        level: 'ERROR',
        eventType: 'RuleExecution',
        ruleName: 'jitr',
        ruleAction: 'LambdaAction',
        clientId: 'lamp-1',
        principalId: certificateId,
        resources: { FunctionArn: functionArn('onboard') },
        details: errorMessage,
      },
    ])
    expect(engine.recorded).toMatchObject([
      { code: 'function-failed', certificateId, details: { attempt: 3 } },
      { code: 'rule-failed', certificateId, clientId: 'lamp-1', details: { error: errorMessage } },
    ])
  })

  it('is told after a restart too', async () => {
    await invoke()
    const { memo } = engine.invocations[0]!
    await engine.rules[Symbol.asyncDispose]()
    await using again = await createRules(engine.deps)
    const errors = engine.listen('errors')
    await fail({ isFinal: true, source: { service: 'iot.amazonaws.com', memo } })
    await again.idle()
    expect(errors).toHaveLength(1)
    expect(engine.recorded).toMatchObject([{ code: 'function-failed' }, { code: 'rule-failed' }])
  })

  it.each([
    ['deleted', () => engine.operations.DeleteTopicRule({ ruleName: 'jitr' }, engine.context)],
    ['switched off', () => engine.operations.DisableTopicRule({ ruleName: 'jitr' }, engine.context)],
  ])('still shows when the rule is %s meanwhile, without its error action', async (_, change) => {
    await invoke()
    await change()
    const errors = engine.listen('errors')
    await fail({ isFinal: true })
    expect(errors).toEqual([])
    expect(engine.recorded).toMatchObject([{ code: 'function-failed' }, { code: 'rule-failed' }])
    expect(failures()).toHaveLength(1)
  })

  it('is told in few words when it answers with many', async () => {
    await invoke()
    await fail({ isFinal: true, errorMessage: 'x'.repeat(100_000) })
    for (const { details } of engine.recorded) expect(String(details?.['error'])).toHaveLength(1000)
  })

  it.each([
    ['a caller of the API', {}],
    ['another service', { service: 's3.amazonaws.com', memo: '{}' }],
  ])('is nothing to the rules when %s invoked it', async (_, source) => {
    await invoke()
    await fail({ isFinal: true, source })
    expect(engine.recorded).toEqual([])
    expect(failures()).toEqual([])
  })

  it('never troubles who tells of it', async () => {
    await invoke()
    await fail({ isFinal: true, source: { service: 'iot.amazonaws.com', memo: 'no JSON' } })
    expect(engine.errors).toHaveLength(1)
    expect(engine.recorded).toEqual([])
  })
})
