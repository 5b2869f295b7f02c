import type { Lambda } from '@aws-sdk/client-lambda'
import { waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountId, foreignRoleArn, region, roleArn, zip, type TestAccount } from './testing/test-account.ts'
import {
  answer,
  arnOf,
  codeFiles,
  openTestFunctions,
  refused,
  type TestFunctions,
} from './testing/test-functions.ts'

let account: TestAccount
let lambda: Lambda
let fresh: TestFunctions['fresh']
beforeAll(async () => void ({ account, lambda, fresh } = await openTestFunctions()))
afterAll(() => account[Symbol.asyncDispose]())

const ZipFile = zip(answer(1))

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
    const before = codeFiles(account)
    await expect(account.create(name, answer(2))).rejects.toMatchObject(
      refused('ResourceConflictException', new RegExp(`Function already exist: ${name}`)),
    )
    expect(codeFiles(account)).toBe(before)
    expect((await account.invoke(name)).answer).toBe(1)
  })
})
