import {
  AddPermissionCommand,
  DeleteFunctionCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  accountId,
  eventually,
  openTestAccount,
  region,
  zip,
  type TestAccount,
} from '../testing/test-account.ts'

const logEvent = 'exports.handler = async (event) => console.log("got", JSON.stringify(event))'
const fail = 'exports.handler = async (event) => { console.log("try"); throw new Error("no") }'
const counted = (account: TestAccount, name: string, text: string) =>
  account.logOf(name).filter((line) => line.includes(text)).length
const openEvents = (account: TestAccount) =>
  account.store.read.selectFrom('function_events').selectAll().execute()
const functionArn = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`

describe('an asynchronous invocation', () => {
  it('is answered at once, runs, and is forgotten when it succeeded', async () => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': logEvent })
    const { StatusCode, answer } = await account.invoke('worker', { n: 1 }, { InvocationType: 'Event' })
    expect({ StatusCode, answer }).toEqual({ StatusCode: 202, answer: undefined })
    await eventually(() => counted(account, 'worker', '\tgot {"n":1}'))
    await eventually(() => account.logOf('worker').some((line) => line.startsWith('REPORT')))
    await expect.poll(() => openEvents(account)).toEqual([])
  })

  it('is tried three times with one request id, and then its record is logged', async () => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': fail })
    await account.invoke('worker', { n: 1 }, { InvocationType: 'Event' })
    const record = JSON.parse(
      await eventually(() => account.logOf('worker').find((line) => line.includes('RetriesExhausted'))),
    ) as { requestContext: { requestId: string } }
    expect(record).toMatchObject({
      version: '1.0',
      requestContext: { functionArn: `${functionArn('worker')}:$LATEST`, approximateInvokeCount: 3 },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'no' },
    })
    expect(counted(account, 'worker', `\t${record.requestContext.requestId}\tINFO\ttry`)).toBe(3)
    expect(
      account.failures.map(({ attempt, isFinal, errorType }) => ({ attempt, isFinal, errorType })),
    ).toEqual([
      { attempt: 1, isFinal: false, errorType: 'Error' },
      { attempt: 2, isFinal: false, errorType: 'Error' },
      { attempt: 3, isFinal: true, errorType: 'Error' },
    ])
    expect(await openEvents(account)).toEqual([])
  })

  it('is tried as often as the function is set to', async () => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': fail })
    await account.lambda.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName: 'worker', MaximumRetryAttempts: 0 }),
    )
    await account.invoke('worker', {}, { InvocationType: 'Event' })
    await eventually(() => account.failures.some(({ isFinal }) => isFinal))
    expect(counted(account, 'worker', '\ttry')).toBe(1)
  })

  it('is given up when it is too old', async () => {
    await using account = await openTestAccount({ retryDelaysMs: [7 * 3600_000] })
    await account.create('worker', { 'index.js': fail })
    await account.invoke('worker', {}, { InvocationType: 'Event' })
    await eventually(() => account.logOf('worker').some((line) => line.includes('EventAgeExceeded')))
    expect(counted(account, 'worker', '\ttry')).toBe(1)
  })

  it('succeeds at a later attempt once the function is mended', async () => {
    await using account = await openTestAccount({ retryDelaysMs: [300] })
    await account.create('worker', { 'index.js': fail })
    await account.invoke('worker', { n: 2 }, { InvocationType: 'Event' })
    await eventually(() => account.failures.length > 0)
    await account.lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: 'worker', ZipFile: zip({ 'index.js': logEvent }) }),
    )
    expect(await eventually(() => counted(account, 'worker', 'got {"n":2}'))).toBe(1)
  })

  it('waits while no concurrency is left, without using up attempts', async () => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': logEvent })
    const reserve = (count: number) =>
      account.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: 'worker', ReservedConcurrentExecutions: count }),
      )
    await reserve(0)
    await account.invoke('worker', {}, { InvocationType: 'Event' })
    await expect.poll(async () => (await openEvents(account))[0]?.due_at).toBeGreaterThan(Date.now())
    await reserve(1)
    await eventually(() => counted(account, 'worker', 'got'))
    expect(account.failures).toEqual([])
  })

  it('is given up when its function is deleted', async () => {
    await using account = await openTestAccount({ retryDelaysMs: [50] })
    await account.create('worker', { 'index.js': fail })
    await account.invoke('worker', {}, { InvocationType: 'Event' })
    await eventually(() => account.failures.length > 0)
    await account.lambda.send(new DeleteFunctionCommand({ FunctionName: 'worker' }))
    const last = await eventually(() => account.failures.find(({ isFinal }) => isFinal))
    expect(last.errorType).toBe('ResourceNotFoundException')
  })

  it('survives a stop of the server while it runs, and while it waits', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'functions-restart-'))
    {
      await using account = await openTestAccount({ directory, retryDelaysMs: [200] })
      await account.seed()
      const slow =
        'exports.handler = async (event) => { console.log("started"); if (event.slow) await new Promise((r) => setTimeout(r, 1900)); else throw new Error("no") }'
      await account.create('worker', { 'index.js': slow })
      await account.invoke('worker', { slow: true }, { InvocationType: 'Event' })
      await account.invoke('worker', { slow: false }, { InvocationType: 'Event' })
      await eventually(() => counted(account, 'worker', 'started') === 2 && account.failures.length === 1)
    }
    {
      await using account = await openTestAccount({ directory })
      await account.lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: 'worker', ZipFile: zip({ 'index.js': logEvent }) }),
      )
      await eventually(
        () => counted(account, 'worker', '{"slow":false}') && counted(account, 'worker', 'REPORT') >= 2,
      )
      await expect.poll(() => openEvents(account)).toEqual([])
    }
    await rm(directory, { recursive: true })
  })

  it('that was left by a stop waits until the server says that its API listens', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'functions-restart-'))
    const slow =
      'exports.handler = async () => { console.log("ran"); await new Promise((r) => setTimeout(r, 1000)) }'
    {
      await using account = await openTestAccount({ directory })
      await account.seed()
      await account.create('other', { 'index.js': logEvent })
      await account.create('worker', { 'index.js': slow })
      await account.invoke('worker', {}, { InvocationType: 'Event' })
      await eventually(() => counted(account, 'worker', 'ran') === 1)
    }
    {
      await using account = await openTestAccount({ directory, isHeld: true })
      await account.invoke('other', {}) // as long as an environment takes to start
      expect(counted(account, 'worker', 'ran')).toBe(0)
      account.functions.resume()
      await eventually(() => counted(account, 'worker', 'ran') === 1)
    }
    await rm(directory, { recursive: true })
  })

  it('of many events loses none', async () => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': logEvent })
    const events = Array.from({ length: 200 }, (_, n) => n)
    await Promise.all(
      events.map((n) =>
        account.functions.enqueue({ accountId, functionName: 'worker', payload: Buffer.from(`{"n":${n}}`) }),
      ),
    )
    await eventually(() => counted(account, 'worker', '\tgot') === events.length)
    await expect.poll(() => openEvents(account)).toEqual([])
    expect(new Set(account.logged.map(({ stream }) => stream)).size).toBeLessThan(20) // they are used again
  })
})

describe('a function', () => {
  it('never fails for being changed while it is invoked', async () => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': 'exports.handler = async () => 0' })
    let isDone = false
    const invoked = Array.from({ length: 4 }, async () => {
      const errors: unknown[] = []
      while (!isDone) errors.push((await account.invoke('worker')).error)
      return errors
    })
    for (let n = 1; n <= 5; n += 1)
      await account.lambda.send(
        new UpdateFunctionCodeCommand({
          FunctionName: 'worker',
          ZipFile: zip({ 'index.js': `exports.handler = async () => ${n}` }),
        }),
      )
    isDone = true
    const errors = (await Promise.all(invoked)).flat()
    expect(errors.filter((error) => error !== undefined)).toEqual([])
    expect((await account.invoke('worker')).answer).toBe(5)
  })
})

describe('a service that invokes a function', () => {
  const sourceArn = `arn:aws:iot:${region}:${accountId}:rule/onboard`
  const call = (account: TestAccount, more: object = {}) =>
    account.functions.invokeFromService({
      accountId,
      functionArn: functionArn('worker'),
      payload: Buffer.from('{"n":1}'),
      service: 'iot.amazonaws.com',
      sourceArn,
      sourceAccount: accountId,
      ...more,
    })

  it.each([
    ['the service', {}],
    ['the service for the rule', { SourceArn: sourceArn }],
    ['the service for any rule', { SourceArn: `arn:aws:iot:${region}:${accountId}:rule/*` }],
    ['the service for the account', { SourceAccount: accountId }],
    ['everybody', { Principal: '*' }],
  ])('is let in by a policy that allows %s', async (_whom, more) => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': logEvent })
    await permit(account, more)
    await call(account)
    expect(await eventually(() => counted(account, 'worker', 'got {"n":1}'))).toBe(1)
  })

  it.each([
    ['nobody', undefined],
    ['another service', { Principal: 's3.amazonaws.com' }],
    ['another rule', { SourceArn: `arn:aws:iot:${region}:${accountId}:rule/other` }],
    ['another account', { SourceAccount: '111111111111' }],
    ['another action', { Action: 'lambda:GetFunction' }],
    ['an alias only', { Qualifier: '1' }],
  ])('is refused by a policy that allows %s', async (_whom, more) => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': logEvent }, { Publish: true })
    if (more) await permit(account, more)
    await expect(call(account)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: `User: iot.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn('worker')} because no resource-based policy allows the lambda:InvokeFunction action`,
    })
    expect(await openEvents(account)).toEqual([])
  })

  it.each([
    ['a function that is not there', { functionArn: functionArn('absent') }, 'ResourceNotFoundException'],
    [
      'a function of another region',
      { functionArn: functionArn('worker').replace(region, 'eu-west-1') },
      'ResourceNotFoundException',
    ],
    ['what is no JSON', { payload: Buffer.from('{') }, 'InvalidRequestContentException'],
    [
      'more than an event may hold',
      { payload: Buffer.from(`"${'a'.repeat(1 << 20)}"`) },
      'RequestTooLargeException',
    ],
  ])('is told of %s', async (_what, more, code) => {
    await using account = await openTestAccount()
    await account.create('worker', { 'index.js': logEvent })
    await permit(account)
    await expect(call(account, more)).rejects.toMatchObject({ code })
  })

  it('finds the environment that it used before, when others are long gone', async () => {
    await using account = await openTestAccount({ idleMs: 300, maxEnvironments: 3 })
    const source = `const born = 'born ' + process.hrtime.bigint()
      exports.handler = async () => { console.log(born); return born }`
    for (const name of ['worker', 'plain']) await account.create(name, { 'index.js': source })
    await permit(account)
    await call(account)
    const born = await eventually(() => account.logOf('worker').find((line) => line.includes('born ')))
    const first = (await account.invoke('plain')).answer
    // each question keeps an environment from being idle, so they are far apart
    const again = async () => (await account.invoke('plain')).answer
    await expect.poll(again, { interval: 1500 }).not.toBe(first)
    expect(born).toContain((await account.invoke('worker')).answer)
  })

  async function permit(account: TestAccount, more: object = {}): Promise<void> {
    await account.lambda.send(
      new AddPermissionCommand({
        FunctionName: 'worker',
        StatementId: 'rule',
        Action: 'lambda:InvokeFunction',
        Principal: 'iot.amazonaws.com',
        ...more,
      }),
    )
  }
})
