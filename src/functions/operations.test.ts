import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { Lambda, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  accountId,
  foreignRoleArn,
  openTestAccount,
  region,
  roleArn,
  zip,
  type TestAccount,
} from './testing/test-account.ts'

let account: TestAccount
let lambda: Lambda
beforeAll(async () => {
  account = await openTestAccount()
  lambda = new Lambda(account.client)
})
afterAll(() => account[Symbol.asyncDispose]())

const arnOf = (name: string) => `arn:aws:lambda:${region}:${accountId}:function:${name}`
const answer = (value: unknown) => ({
  'index.js': `exports.handler = async () => (${JSON.stringify(value)})`,
})
const ZipFile = zip(answer(1))
let count = 0
async function fresh(more: object = {}): Promise<string> {
  const name = `function-${++count}`
  await account.create(name, answer(1), more)
  return name
}
const codeFiles = () => readdirSync(join(account.directory, 'functions', accountId)).length
const refused = (name: string, message?: RegExp) =>
  message ? { name, message: expect.stringMatching(message) } : { name }

describe('CreateFunction', () => {
  it('answers with the configuration that GetFunction shows, ready to be invoked', async () => {
    const created = await account.create('first', answer(1), {
      Description: 'what for',
      Environment: { Variables: { AB: 'c' } },
      Tags: { team: 'fleet' },
      LoggingConfig: { LogGroup: '/own/group' },
    })
    expect(created).toMatchObject({
      FunctionName: 'first',
      FunctionArn: arnOf('first'),
      Runtime: 'nodejs20.x',
      Role: roleArn,
      Handler: 'index.handler',
      Description: 'what for',
      Timeout: 3,
      MemorySize: 128,
      Version: '$LATEST',
      CodeSize: ZipFile.byteLength,
      CodeSha256: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      EphemeralStorage: { Size: 512 },
      TracingConfig: { Mode: 'PassThrough' },
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Environment: { Variables: { AB: 'c' } },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/own/group' },
    })
    const { $metadata: _answer, ...configuration } = created
    const { Configuration, Tags } = await lambda.getFunction({ FunctionName: 'first' })
    expect(Configuration).toEqual(configuration)
    expect(Tags).toEqual({ team: 'fleet' })
    await waitUntilFunctionActiveV2(
      { client: account.lambda, maxWaitTime: 5 },
      { FunctionName: arnOf('first') },
    )
    await account.invoke('first')
    expect(account.logged.some(({ group }) => group === '/own/group')).toBe(true)
  })

  it('publishes the first version when asked to', async () => {
    const created = await account.create('published', answer(1), { Publish: true })
    expect(created).toMatchObject({ Version: '1', FunctionArn: `${arnOf('published')}:1` })
  })

  it.each([
    [
      'a handler with white space around it',
      { Handler: 'index.handler\t' },
      'ValidationException',
      /\[\^\\s\]\+/,
    ],
    ['a handler with a space in it', { Handler: 'index handler' }, 'ValidationException', /handler/i],
    [
      'no handler',
      { Handler: undefined },
      'InvalidParameterValueException',
      /Runtime and Handler are mandatory/,
    ],
    [
      'no runtime',
      { Runtime: undefined },
      'InvalidParameterValueException',
      /Runtime and Handler are mandatory/,
    ],
    [
      'a runtime that AWS has and Muster has not',
      { Runtime: 'java21' },
      'InvalidParameterValueException',
      /java21 is not offered/,
    ],
    ['Python 2', { Runtime: 'python2.7' }, 'InvalidParameterValueException', /not offered/],
    ['a runtime that is none', { Runtime: 'cobol' }, 'ValidationException', /runtime/i],
    ['a name that is too long', { FunctionName: 'a'.repeat(65) }, 'ValidationException', /64/],
    [
      'a name of another account',
      { FunctionName: '111111111111:function:f' },
      'ResourceNotFoundException',
      /not found/,
    ],
    [
      'a role that is not there',
      { Role: `${roleArn}-absent` },
      'InvalidParameterValueException',
      /^The role defined for the function cannot be assumed by Lambda\./,
    ],
    [
      'a role that trusts somebody else',
      { Role: foreignRoleArn },
      'InvalidParameterValueException',
      /^The role defined for the function cannot be assumed by Lambda\./,
    ],
    ['what is no role', { Role: 'role' }, 'ValidationException', /role/i],
    ['a timeout of more than 15 minutes', { Timeout: 901 }, 'InvalidParameterValueException', /900/],
    ['no time at all', { Timeout: 0 }, 'ValidationException', /timeout/i],
    ['too little memory', { MemorySize: 64 }, 'ValidationException', /memorySize/i],
    ['too much memory', { MemorySize: 20_000 }, 'InvalidParameterValueException', /10240/],
    [
      'a variable that is reserved',
      { Environment: { Variables: { AWS_REGION: 'x' } } },
      'InvalidParameterValueException',
      /reserved keys .*AWS_REGION/,
    ],
    [
      'variables of more than 4 KB',
      { Environment: { Variables: { AB: 'a'.repeat(4096) } } },
      'InvalidParameterValueException',
      /4KB/,
    ],
    [
      'a variable with a bad name',
      { Environment: { Variables: { 'a-b': '' } } },
      'ValidationException',
      /variables/i,
    ],
    ['an image', { PackageType: 'Image' }, 'InvalidParameterValueException', /PackageType Image/],
    [
      'layers',
      { Layers: [`arn:aws:lambda:${region}:${accountId}:layer:l:1`] },
      'InvalidParameterValueException',
      /Layers/,
    ],
    [
      'a network',
      { VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } },
      'InvalidParameterValueException',
      /VpcConfig/,
    ],
    [
      'a dead letter queue',
      { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:000000000000:q' } },
      'InvalidParameterValueException',
      /DeadLetterConfig/,
    ],
    ['logs as JSON', { LoggingConfig: { LogFormat: 'JSON' } }, 'InvalidParameterValueException', /LogFormat/],
    [
      'code in S3',
      { Code: { S3Bucket: 'bucket', S3Key: 'key' } },
      'InvalidParameterValueException',
      /ZipFile/,
    ],
    ['no code', { Code: {} }, 'InvalidParameterValueException', /ZipFile/],
    [
      'code that is no archive',
      { Code: { ZipFile: Buffer.from('hello') } },
      'InvalidParameterValueException',
      /Could not unzip/,
    ],
  ])('refuses %s', async (_what, more, name, message) => {
    const input = {
      FunctionName: 'refused',
      Role: roleArn,
      Runtime: 'nodejs20.x' as const,
      Handler: 'index.handler',
      Code: { ZipFile },
    }
    await expect(lambda.createFunction({ ...input, ...more } as typeof input)).rejects.toMatchObject(
      refused(name, message),
    )
    await expect(lambda.getFunction({ FunctionName: 'refused' })).rejects.toMatchObject(
      refused('ResourceNotFoundException'),
    )
  })

  it('refuses a name that is taken, and keeps no code of it', async () => {
    const name = await fresh()
    const before = codeFiles()
    await expect(account.create(name, answer(2))).rejects.toMatchObject(
      refused('ResourceConflictException', new RegExp(`Function already exist: ${name}`)),
    )
    expect(codeFiles()).toBe(before)
    expect((await account.invoke(name)).answer).toBe(1)
  })
})

describe('a function that is changed', () => {
  it('answers with its new code at once', async () => {
    const name = await fresh()
    const before = codeFiles()
    expect((await account.invoke(name)).answer).toBe(1)
    const updated = await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)) })
    expect((await account.invoke(name)).answer).toBe(2)
    expect((await lambda.getFunctionConfiguration({ FunctionName: name })).RevisionId).toBe(
      updated.RevisionId,
    )
    expect(codeFiles()).toBe(before)
  })

  it('keeps its code when the change is only tried', async () => {
    const name = await fresh()
    const tried = await lambda.updateFunctionCode({
      FunctionName: name,
      ZipFile: zip(answer(2)),
      DryRun: true,
    })
    expect(tried.CodeSha256).not.toBe(
      (await lambda.getFunctionConfiguration({ FunctionName: name })).CodeSha256,
    )
    expect((await account.invoke(name)).answer).toBe(1)
  })

  it('keeps what its new configuration leaves out', async () => {
    const name = await fresh({ Timeout: 7, Environment: { Variables: { AB: 'c' } } })
    const updated = await lambda.updateFunctionConfiguration({ FunctionName: name, MemorySize: 256 })
    expect(updated).toMatchObject({ Timeout: 7, MemorySize: 256, Environment: { Variables: { AB: 'c' } } })
    const emptied = await lambda.updateFunctionConfiguration({
      FunctionName: name,
      Environment: { Variables: {} },
    })
    expect(emptied.Environment).toBeUndefined()
  })

  it('is not changed by who has not seen the last change', async () => {
    const name = await fresh()
    const { RevisionId } = await lambda.getFunctionConfiguration({ FunctionName: name })
    await lambda.updateFunctionConfiguration({ FunctionName: name, Timeout: 5, RevisionId })
    const late = [
      () => lambda.updateFunctionConfiguration({ FunctionName: name, Timeout: 6, RevisionId }),
      () => lambda.updateFunctionCode({ FunctionName: name, ZipFile, RevisionId }),
      () => lambda.publishVersion({ FunctionName: name, RevisionId }),
    ]
    for (const change of late)
      await expect(change()).rejects.toMatchObject(refused('PreconditionFailedException'))
  })

  it('is gone with its code when it is deleted', async () => {
    const before = codeFiles()
    const name = await fresh({ Publish: true })
    await lambda.deleteFunction({ FunctionName: name })
    expect(codeFiles()).toBe(before)
    for (const call of [
      () => lambda.getFunction({ FunctionName: name }),
      () => lambda.invoke({ FunctionName: name }),
      () => lambda.invoke({ FunctionName: name, InvocationType: 'Event' }),
      () => lambda.invoke({ FunctionName: name, InvocationType: 'DryRun' }),
      () => lambda.deleteFunction({ FunctionName: name }),
      () => lambda.updateFunctionCode({ FunctionName: name, ZipFile }),
      () => lambda.updateFunctionConfiguration({ FunctionName: name }),
      () => lambda.publishVersion({ FunctionName: name }),
      () => lambda.listVersionsByFunction({ FunctionName: name }),
      () => lambda.listAliases({ FunctionName: name }),
      () => lambda.getPolicy({ FunctionName: name }),
      () => lambda.putFunctionConcurrency({ FunctionName: name, ReservedConcurrentExecutions: 1 }),
      () => lambda.listTags({ Resource: arnOf(name) }),
    ])
      await expect(call()).rejects.toMatchObject(
        refused('ResourceNotFoundException', new RegExp(arnOf(name))),
      )
  })
})

describe('versions and aliases', () => {
  it('run the code that was published', async () => {
    const name = await fresh({ Publish: true })
    await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)), Publish: true })
    await lambda.createAlias({ FunctionName: name, Name: 'live', FunctionVersion: '1' })
    const asked = async (qualifier: string) => (await account.invoke(`${name}:${qualifier}`)).answer
    expect(await Promise.all(['1', '2', '$LATEST', 'live'].map(asked))).toEqual([1, 2, 2, 1])
    await lambda.updateAlias({ FunctionName: name, Name: 'live', FunctionVersion: '2' })
    expect(await asked('live')).toBe(2)
    expect((await account.invoke(name, {}, { Qualifier: 'live' })).ExecutedVersion).toBe('2')
  })

  it('are shared out by an alias with two versions', async () => {
    const name = await fresh({ Publish: true })
    await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)), Publish: true })
    const RoutingConfig = { AdditionalVersionWeights: { '2': 1 } }
    await lambda.createAlias({ FunctionName: name, Name: 'canary', FunctionVersion: '1', RoutingConfig })
    expect((await account.invoke(`${name}:canary`)).answer).toBe(2)
    expect((await lambda.getAlias({ FunctionName: name, Name: 'canary' })).RoutingConfig).toEqual(
      RoutingConfig,
    )
  })

  it('are numbered once, and published only when something changed', async () => {
    const name = await fresh()
    const numbers = []
    for (const Description of [undefined, undefined, 'other'])
      numbers.push((await lambda.publishVersion({ FunctionName: name, Description })).Version)
    await lambda.deleteFunction({ FunctionName: name, Qualifier: '2' })
    numbers.push((await lambda.publishVersion({ FunctionName: name, Description: 'again' })).Version)
    expect(numbers).toEqual(['1', '1', '2', '3'])
    const { Versions } = await lambda.listVersionsByFunction({ FunctionName: name })
    expect(Versions?.map(({ FunctionArn }) => FunctionArn)).toEqual(
      ['$LATEST', '1', '3'].map((version) => `${arnOf(name)}:${version}`),
    )
  })

  it('are published only when something changed, and the order of variables is no change', async () => {
    const name = await fresh({ Environment: { Variables: { ONE: '1', TWO: '2' } }, Publish: true })
    const publishWith = async (Variables: Record<string, string>) => {
      await lambda.updateFunctionConfiguration({ FunctionName: name, Environment: { Variables } })
      return (await lambda.publishVersion({ FunctionName: name })).Version
    }
    expect(await publishWith({ TWO: '2', ONE: '1' })).toBe('1')
    expect(await publishWith({ TWO: '1', ONE: '2' })).toBe('2')
  })

  it.each([
    ['a version that is not there', 'v', '9', 'ResourceNotFoundException'],
    ['a number as a name', '7', '$LATEST', 'ValidationException'],
  ])('an alias cannot have %s', async (_what, Name, FunctionVersion, code) => {
    const name = await fresh()
    await expect(lambda.createAlias({ FunctionName: name, Name, FunctionVersion })).rejects.toMatchObject(
      refused(code),
    )
  })

  it('cannot be deleted while an alias needs them, nor made twice', async () => {
    const name = await fresh({ Publish: true })
    const alias = { FunctionName: name, Name: 'live', FunctionVersion: '1' }
    await lambda.createAlias(alias)
    await expect(lambda.createAlias(alias)).rejects.toMatchObject(refused('ResourceConflictException'))
    const deletion = { FunctionName: name, Qualifier: '1' }
    await expect(lambda.deleteFunction(deletion)).rejects.toMatchObject(
      refused('ResourceConflictException', /live/),
    )
    await lambda.deleteAlias(alias)
    await lambda.deleteFunction(deletion)
    await expect(account.invoke(`${name}:1`)).rejects.toMatchObject(refused('ResourceNotFoundException'))
    await expect(account.invoke(`${name}:live`)).rejects.toMatchObject(
      refused('ResourceNotFoundException', /Cannot find alias/),
    )
  })
})

describe('lists', () => {
  it('give all functions page by page', async () => {
    for (let index = 0; index < 3; index += 1) await fresh()
    const names: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await lambda.listFunctions({ MaxItems: 2, Marker })
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName))
      expect(page.Functions?.length).toBeLessThanOrEqual(2)
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain(`function-${count}`)
    await expect(lambda.listFunctions({ Marker: 'nonsense' })).rejects.toMatchObject(
      refused('InvalidParameterValueException'),
    )
  })

  it('give the versions of a function page by page', async () => {
    const name = await fresh({ Publish: true })
    await lambda.updateFunctionCode({ FunctionName: name, ZipFile: zip(answer(2)), Publish: true })
    const first = await lambda.listVersionsByFunction({ FunctionName: name, MaxItems: 1 })
    const others = await lambda.listVersionsByFunction({ FunctionName: name, Marker: first.NextMarker })
    const versions = [first, others].map((page) => page.Versions?.map(({ Version }) => Version))
    expect(versions).toEqual([['$LATEST'], ['1', '2']])
    expect(others.NextMarker).toBeUndefined()
  })

  it('give the aliases of a function, or of one version, page by page', async () => {
    const name = await fresh({ Publish: true })
    const aliases = { blue: '1', green: '$LATEST', red: '1' }
    for (const [Name, FunctionVersion] of Object.entries(aliases))
      await lambda.createAlias({ FunctionName: name, Name, FunctionVersion })
    const list = async (more: { FunctionVersion?: string }) => {
      const input = { FunctionName: name, MaxItems: 1, ...more }
      const first = await lambda.listAliases(input)
      const others = await lambda.listAliases({ ...input, MaxItems: 10, Marker: first.NextMarker })
      return [first, others].map((page) => page.Aliases?.map(({ Name }) => Name))
    }
    expect(await list({})).toEqual([['blue'], ['green', 'red']])
    expect(await list({ FunctionVersion: '1' })).toEqual([['blue'], ['red']])
  })
})

describe('Invoke', () => {
  it('checks without running in a dry run', async () => {
    const name = await fresh()
    expect((await account.invoke(name, {}, { InvocationType: 'DryRun' })).StatusCode).toBe(204)
    expect(account.logOf(name)).toEqual([])
  })

  it('gives an empty object to the function when there is no payload', async () => {
    await account.create('echo', {
      'index.js': 'exports.handler = async (event, context) => [event, context.clientContext]',
    })
    const ClientContext = Buffer.from('{"custom":{"a":1}}').toString('base64')
    const output = await lambda.invoke({ FunctionName: 'echo', ClientContext })
    expect(JSON.parse(output.Payload!.transformToString())).toEqual([{}, { custom: { a: 1 } }])
  })

  it.each([
    ['what is no JSON', '{', 'InvalidRequestContentException'],
    ['what is no text', Buffer.from([0x22, 0xff, 0x22]), 'InvalidRequestContentException'],
    ['more than 6 MB', `"${'a'.repeat(6 << 20)}"`, 'RequestTooLargeException'],
  ])('refuses %s', async (_what, Payload, name) => {
    await expect(lambda.invoke({ FunctionName: await fresh(), Payload })).rejects.toMatchObject(refused(name))
  })

  it('gives at most the last 4 KB of the log, always with the report', async () => {
    await account.create('wordy', {
      'index.js': 'exports.handler = async () => { for (let n = 0; n < 999; n++) console.log("word " + n) }',
    })
    const { logResult } = await account.invoke('wordy', {}, { LogType: 'Tail' })
    expect(Buffer.byteLength(logResult)).toBeLessThanOrEqual(4096)
    expect(logResult).toMatch(/word 998\nEND RequestId: .*\nREPORT RequestId: /)
  })

  it('keeps to the concurrency that is reserved', async () => {
    await account.create('narrow', {
      'index.js': 'exports.handler = async () => { await new Promise((r) => setTimeout(r, 200)) }',
    })
    await lambda.putFunctionConcurrency({ FunctionName: 'narrow', ReservedConcurrentExecutions: 1 })
    expect(await lambda.getFunctionConcurrency({ FunctionName: 'narrow' })).toMatchObject({
      ReservedConcurrentExecutions: 1,
    })
    const outcomes = await Promise.allSettled([account.invoke('narrow'), account.invoke('narrow')])
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(rejected.map(({ reason }) => reason as unknown)).toEqual([
      expect.objectContaining({
        name: 'TooManyRequestsException',
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      }),
    ])
    await lambda.deleteFunctionConcurrency({ FunctionName: 'narrow' })
    await Promise.all([account.invoke('narrow'), account.invoke('narrow')])
    const all = lambda.putFunctionConcurrency({ FunctionName: 'narrow', ReservedConcurrentExecutions: 901 })
    await expect(all).rejects.toMatchObject(
      refused('InvalidParameterValueException', /minimum value of \[100\]/),
    )
  })
})

describe('resource-based policies', () => {
  const permission = { StatementId: 'rule', Action: 'lambda:InvokeFunction', Principal: 'iot.amazonaws.com' }

  it('hold what was added and not removed', async () => {
    const name = await fresh()
    const SourceArn = `arn:aws:iot:${region}:${accountId}:rule/r`
    const added = await lambda.addPermission({
      ...permission,
      FunctionName: name,
      SourceArn,
      SourceAccount: accountId,
    })
    const statement = {
      Sid: 'rule',
      Effect: 'Allow',
      Principal: { Service: 'iot.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: arnOf(name),
      Condition: {
        StringEquals: { 'AWS:SourceAccount': accountId },
        ArnLike: { 'AWS:SourceArn': SourceArn },
      },
    }
    expect(JSON.parse(added.Statement!)).toEqual(statement)
    await lambda.addPermission({
      ...permission,
      FunctionName: name,
      StatementId: 'other',
      Principal: accountId,
    })
    const { Policy, RevisionId } = await lambda.getPolicy({ FunctionName: name })
    expect(JSON.parse(Policy!)).toEqual({
      Version: '2012-10-17',
      Id: 'default',
      Statement: [
        statement,
        expect.objectContaining({ Principal: { AWS: `arn:aws:iam::${accountId}:root` } }),
      ],
    })
    await lambda.removePermission({ FunctionName: name, StatementId: 'other', RevisionId })
    const stale = lambda.removePermission({ FunctionName: name, StatementId: 'rule', RevisionId })
    await expect(stale).rejects.toMatchObject(refused('PreconditionFailedException'))
    await lambda.removePermission({ FunctionName: name, StatementId: 'rule' })
    await expect(lambda.getPolicy({ FunctionName: name })).rejects.toMatchObject(
      refused('ResourceNotFoundException'),
    )
  })

  it.each([
    ['a statement id that is taken', {}, 'ResourceConflictException'],
    ['a principal that is none', { StatementId: 'x', Principal: 'nobody' }, 'InvalidParameterValueException'],
    ['an action of another service', { StatementId: 'x', Action: 's3:GetObject' }, 'ValidationException'],
    ['$LATEST', { StatementId: 'x', Qualifier: '$LATEST' }, 'InvalidParameterValueException'],
    ['a version that is not there', { StatementId: 'x', Qualifier: '7' }, 'ResourceNotFoundException'],
  ])('refuse %s', async (_what, more, code) => {
    const name = await fresh()
    await lambda.addPermission({ ...permission, FunctionName: name })
    const again = lambda.addPermission({ ...permission, FunctionName: name, ...more })
    await expect(again).rejects.toMatchObject(refused(code))
  })
})

describe('what belongs to a function', () => {
  it('are its tags', async () => {
    const name = await fresh({ Tags: { a: '1' } })
    await lambda.tagResource({ Resource: arnOf(name), Tags: { a: '2', b: '3' } })
    await lambda.untagResource({ Resource: arnOf(name), TagKeys: ['b', 'c'] })
    expect((await lambda.listTags({ Resource: arnOf(name) })).Tags).toEqual({ a: '2' })
    const Tags = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, '']))
    await expect(lambda.tagResource({ Resource: arnOf(name), Tags })).rejects.toMatchObject(
      refused('InvalidParameterValueException'),
    )
  })

  it('is how its events are tried again', async () => {
    const name = await fresh()
    const get = () => lambda.getFunctionEventInvokeConfig({ FunctionName: name })
    await expect(get()).rejects.toMatchObject(refused('ResourceNotFoundException'))
    await lambda.putFunctionEventInvokeConfig({ FunctionName: name, MaximumRetryAttempts: 0 })
    await lambda.updateFunctionEventInvokeConfig({ FunctionName: name, MaximumEventAgeInSeconds: 60 })
    expect(await get()).toMatchObject({
      FunctionArn: `${arnOf(name)}:$LATEST`,
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    })
    expect(
      (await lambda.listFunctionEventInvokeConfigs({ FunctionName: name })).FunctionEventInvokeConfigs,
    ).toHaveLength(1)
    await lambda.deleteFunctionEventInvokeConfig({ FunctionName: name })
    await expect(get()).rejects.toMatchObject(refused('ResourceNotFoundException'))
  })

  it('is read by tools that ask for everything', async () => {
    const FunctionName = await fresh()
    expect((await lambda.getFunctionCodeSigningConfig({ FunctionName })).CodeSigningConfigArn).toBeUndefined()
    expect((await lambda.listFunctionUrlConfigs({ FunctionName })).FunctionUrlConfigs).toEqual([])
    expect(
      (await lambda.listProvisionedConcurrencyConfigs({ FunctionName })).ProvisionedConcurrencyConfigs,
    ).toEqual([])
    expect((await lambda.getRuntimeManagementConfig({ FunctionName })).UpdateRuntimeOn).toBe('Auto')
    expect((await lambda.listEventSourceMappings({})).EventSourceMappings).toEqual([])
    await expect(lambda.getFunctionUrlConfig({ FunctionName })).rejects.toMatchObject(
      refused('ResourceNotFoundException'),
    )
  })
})

describe('a caller', () => {
  async function signIn(UserName: string, Action: string | string[], Resource: string): Promise<Lambda> {
    const iam = new IAMClient(account.client)
    await iam.send(new CreateUserCommand({ UserName }))
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource }],
    })
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
    return new Lambda({ ...account.client, credentials })
  }

  it('needs lambda:InvokeFunction on the function', async () => {
    const own = await fresh()
    const other = await fresh()
    const caller = await signIn('invoker', 'lambda:InvokeFunction', arnOf(own))
    expect((await caller.invoke({ FunctionName: own })).StatusCode).toBe(200)
    for (const FunctionName of [other, `${own}:1`, arnOf(other)])
      await expect(caller.invoke({ FunctionName })).rejects.toMatchObject(
        refused(
          'AccessDeniedException',
          /is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:/,
        ),
      )
    await expect(caller.getFunction({ FunctionName: own })).rejects.toMatchObject(
      refused('AccessDeniedException', /lambda:GetFunction/),
    )
  })

  it('needs iam:PassRole on the role that it hands to a function', async () => {
    const caller = await signIn('builder', 'lambda:*', '*')
    const input = {
      FunctionName: 'built',
      Role: roleArn,
      Runtime: 'nodejs20.x' as const,
      Handler: 'index.handler',
      Code: { ZipFile },
    }
    const refusal = refused('AccessDeniedException', /iam:PassRole on resource: .*role\/worker/)
    await expect(caller.createFunction(input)).rejects.toMatchObject(refusal)
    const FunctionName = await fresh()
    await expect(caller.updateFunctionConfiguration({ FunctionName, Role: roleArn })).rejects.toMatchObject(
      refusal,
    )
    expect((await caller.updateFunctionConfiguration({ FunctionName, Timeout: 9 })).Timeout).toBe(9)
  })
})
