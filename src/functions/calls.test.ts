import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { Lambda } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountId, region, roleArn, zip, type TestAccount } from './testing/test-account.ts'
import { answer, arnOf, openTestFunctions, refused, type TestFunctions } from './testing/test-functions.ts'

let account: TestAccount
let lambda: Lambda
let fresh: TestFunctions['fresh']
beforeAll(async () => void ({ account, lambda, fresh } = await openTestFunctions()))
afterAll(() => account[Symbol.asyncDispose]())

const ZipFile = zip(answer(1))

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
