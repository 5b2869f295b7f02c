import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type * as Logs from '@aws-sdk/client-cloudwatch-logs'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteUserCommand,
  GetRoleCommand,
  IAMClient,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import type * as Iam from '@aws-sdk/client-iam'
import {
  AddThingToThingGroupCommand,
  AttachPrincipalPolicyCommand,
  CreateThingCommand,
  CreateTopicRuleCommand,
  DeleteThingCommand,
  DescribeJobExecutionCommand,
  DescribeThingCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListThingsCommand,
} from '@aws-sdk/client-iot'
import type * as Iot from '@aws-sdk/client-iot'
import { GetThingShadowCommand, IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane'
import type * as IotData from '@aws-sdk/client-iot-data-plane'
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda'
import type * as Lambda from '@aws-sdk/client-lambda'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type * as Sts from '@aws-sdk/client-sts'
import { describe, expect, it } from 'vitest'
import { iamError, iotError } from '../aws/errors.ts'
import type { Operations } from '../aws/operations.ts'
import { accountId, clientConfig, offer, seenBy, startTestHttp } from './testing/test-server.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

describe('rest-json', () => {
  it('carries labels, query, headers, and body to the handler and its output back', async () => {
    const inputs: unknown[] = []
    await using server = await startTestHttp({
      services: {
        iot: offer({
          async CreateThing(input, context) {
            inputs.push(input, seenBy(context))
            return { thingName: input.thingName, thingArn: 'arn:x', thingId: 'id-1' }
          },
          async AttachPrincipalPolicy(input) {
            inputs.push(input)
          },
          async ListAttachedPolicies(input) {
            inputs.push(input)
            return { policies: [{ policyName: 'p' }] }
          },
          async DescribeJobExecution(input) {
            inputs.push(input)
            return {
              execution: { jobId: input.jobId, queuedAt: at, statusDetails: { detailsMap: { a: 'ü' } } },
            }
          },
          async AddThingToThingGroup(input) {
            inputs.push(input)
          },
        } satisfies Partial<Operations<typeof Iot>>),
      },
    })
    const iot = new IoTClient(clientConfig(server))
    const created = await iot.send(
      new CreateThingCommand({
        thingName: 'lamp:1',
        attributePayload: { attributes: { __proto__x: 'y', color: 'red' } },
      }),
    )
    expect(created).toMatchObject({ thingName: 'lamp:1', thingArn: 'arn:x', thingId: 'id-1' })
    await iot.send(
      new AttachPrincipalPolicyCommand({ policyName: 'a+b@c', principal: 'arn:aws:iot:eu:1:cert/ab' }),
    )
    const target = 'arn:aws:iot:us-east-1:123456789012:cert/abc def'
    const attached = await iot.send(new ListAttachedPoliciesCommand({ target, recursive: true, pageSize: 7 }))
    expect(attached.policies).toEqual([{ policyName: 'p' }])
    const job = await iot.send(
      new DescribeJobExecutionCommand({ jobId: 'j', thingName: 't', executionNumber: 3 }),
    )
    expect(job.execution).toEqual({ jobId: 'j', queuedAt: at, statusDetails: { detailsMap: { a: 'ü' } } })
    await iot.send(new AddThingToThingGroupCommand({ overrideDynamicGroups: false }))
    expect(inputs).toEqual([
      { thingName: 'lamp:1', attributePayload: { attributes: { __proto__x: 'y', color: 'red' } } },
      { arn: `arn:aws:iam::${accountId}:user/alice`, region: 'us-east-1', sourceIp: '127.0.0.1' },
      { policyName: 'a+b@c', principal: 'arn:aws:iot:eu:1:cert/ab' },
      { target, recursive: true, pageSize: 7 },
      { jobId: 'j', thingName: 't', executionNumber: 3 },
      { overrideDynamicGroups: false },
    ])
  })

  it('carries payload members: structures, blobs, status, and headers', async () => {
    const inputs: unknown[] = []
    await using server = await startTestHttp({
      services: {
        iot: offer({
          async CreateTopicRule(input) {
            inputs.push(input)
          },
        } satisfies Partial<Operations<typeof Iot>>),
        'iot-data': offer({
          async Publish(input) {
            inputs.push(input)
          },
          async GetThingShadow() {
            return { payload: new TextEncoder().encode('{"state":{}}') as never }
          },
        } satisfies Partial<Operations<typeof IotData>>),
        lambda: offer({
          async CreateFunction(input) {
            inputs.push(input)
            return { FunctionName: input.FunctionName, LastModified: 'now', CodeSize: 3 }
          },
          async Invoke(input) {
            inputs.push(input)
            return { StatusCode: 202, FunctionError: 'Unhandled', Payload: new Uint8Array([0, 255]) as never }
          },
          async UntagResource(input) {
            inputs.push(input)
          },
        } satisfies Partial<Operations<typeof Lambda>>),
      },
    })
    const iot = new IoTClient(clientConfig(server))
    const topicRulePayload = { sql: "SELECT * FROM 'a'", actions: [] }
    await iot.send(new CreateTopicRuleCommand({ ruleName: 'r', topicRulePayload, tags: 'a=b&c=d' }))
    const iotData = new IoTDataPlaneClient(clientConfig(server))
    const userProperties = JSON.stringify([{ k: 'v' }])
    await iotData.send(
      new PublishCommand({ topic: 'a/b +ü', qos: 1, payload: new Uint8Array([1, 0, 2]), userProperties }),
    )
    const shadow = await iotData.send(new GetThingShadowCommand({ thingName: 't' }))
    expect(Buffer.from(shadow.payload!).toString()).toBe('{"state":{}}')
    const lambda = new LambdaClient(clientConfig(server))
    const made = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'f',
        Role: 'arn:aws:iam::123456789012:role/r',
        Code: { ZipFile: new Uint8Array([80, 75]) },
        Environment: { Variables: { toString: 'x' } },
      }),
    )
    expect(made).toMatchObject({ FunctionName: 'f', CodeSize: 3, $metadata: { httpStatusCode: 201 } })
    const invoked = await lambda.send(
      new InvokeCommand({ FunctionName: 'f', LogType: 'Tail', Payload: '{"a":1}' }),
    )
    expect(invoked).toMatchObject({ StatusCode: 202, FunctionError: 'Unhandled' })
    expect([...invoked.Payload!]).toEqual([0, 255])
    await lambda.send(
      new UntagResourceCommand({
        Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f',
        TagKeys: ['a', 'b&c'],
      }),
    )
    expect(inputs).toEqual([
      { ruleName: 'r', topicRulePayload, tags: 'a=b&c=d' },
      { topic: 'a/b +ü', qos: 1, payload: Buffer.from([1, 0, 2]), userProperties },
      {
        FunctionName: 'f',
        Role: 'arn:aws:iam::123456789012:role/r',
        Code: { ZipFile: Buffer.from([80, 75]) },
        Environment: { Variables: { toString: 'x' } },
      },
      { FunctionName: 'f', LogType: 'Tail', Payload: Buffer.from('{"a":1}') },
      { Resource: 'arn:aws:lambda:us-east-1:123456789012:function:f', TagKeys: ['a', 'b&c'] },
    ])
  })

  it('gives the SDK errors of the right class, status, and members', async () => {
    await using server = await startTestHttp({
      services: {
        iot: offer({
          async CreateThing() {
            throw iotError('ResourceAlreadyExistsException', 'there is one', {
              resourceId: 'r',
              resourceArn: 'a',
            })
          },
          async DescribeThing({ thingName }) {
            throw iotError('ResourceNotFoundException', `no thing named ${thingName}`)
          },
          async DeleteThing() {
            throw new Error('the secret is 42')
          },
        } satisfies Partial<Operations<typeof Iot>>),
      },
    })
    const iot = new IoTClient(clientConfig(server))
    await expect(iot.send(new CreateThingCommand({ thingName: 't' }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'there is one',
      resourceId: 'r',
      resourceArn: 'a',
      $metadata: { httpStatusCode: 409, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    })
    await expect(iot.send(new DescribeThingCommand({ thingName: 't' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    })
    await expect(iot.send(new DescribeThingCommand({ thingName: 'a b' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message:
        "1 validation error detected: Value 'a b' at 'thingName' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+',
      $metadata: { httpStatusCode: 400 },
    })
    await expect(iot.send(new DeleteThingCommand({ thingName: 't' }))).rejects.toMatchObject({
      name: 'InternalFailureException',
      message: 'The server failed to answer',
      $metadata: { httpStatusCode: 500 },
    })
    await expect(iot.send(new ListThingsCommand({}))).rejects.toMatchObject({
      name: 'NotImplementedException',
      message: 'Muster does not offer iot ListThings',
      $metadata: { httpStatusCode: 501 },
    })
    expect(server.logged).toEqual([['error', 'an API call failed']])
  })
})

describe('query', () => {
  it('carries forms to the handler and XML back', async () => {
    const inputs: unknown[] = []
    const role = {
      Path: '/',
      RoleName: 'r',
      RoleId: 'AROA',
      Arn: 'arn:r',
      CreateDate: new Date('2026-01-02T03:04:05Z'),
    }
    await using server = await startTestHttp({
      services: {
        iam: offer({
          async CreateRole(input) {
            inputs.push(input)
            return { Role: role }
          },
          async GetRole() {
            return {
              Role: { ...role, Description: 'a <b> & "c" \r\n\t \u0001', Tags: [{ Key: 'k', Value: '' }] },
            }
          },
          async ListUsers(input) {
            inputs.push(input)
            return { Users: [], IsTruncated: false }
          },
          async DeleteUser({ UserName }) {
            throw iamError('NoSuchEntityException', `The user with name ${UserName} cannot be found.`)
          },
          async CreatePolicy() {
            throw new TypeError('a bug')
          },
        } satisfies Partial<Operations<typeof Iam>>),
        sts: offer({
          async GetCallerIdentity(_input, { caller }) {
            return { Account: caller.accountId, Arn: caller.arn, UserId: caller.userId }
          },
          async AssumeRole(input) {
            inputs.push(input)
            return {
              Credentials: {
                AccessKeyId: 'ASIAxxxxxxxxxxxxx',
                SecretAccessKey: 's',
                SessionToken: 't+/=',
                Expiration: role.CreateDate,
              },
            }
          },
        } satisfies Partial<Operations<typeof Sts>>),
      },
    })
    const iam = new IAMClient(clientConfig(server))
    const AssumeRolePolicyDocument = '{"a": "b&c=d+e %\n"}'
    const Tags = [
      { Key: 'k 1', Value: 'v' },
      { Key: 'k2', Value: '' },
    ]
    const created = await iam.send(
      new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument, MaxSessionDuration: 3600, Tags }),
    )
    expect(created.Role).toEqual(role)
    const got = await iam.send(new GetRoleCommand({ RoleName: 'r' }))
    expect(got.Role).toMatchObject({
      Description: 'a <b> & "c" \r\n\t \uFFFD',
      Tags: [{ Key: 'k', Value: '' }],
    })
    expect(await iam.send(new ListUsersCommand({ MaxItems: 5 }))).toMatchObject({
      Users: [],
      IsTruncated: false,
    })
    await expect(iam.send(new DeleteUserCommand({ UserName: 'bob' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The user with name bob cannot be found.',
      $metadata: { httpStatusCode: 404 },
    })
    await expect(iam.send(new DeleteUserCommand({ UserName: 'b*b' }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("Value 'b*b' at 'UserName'"),
    })
    await expect(
      iam.send(new CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: '{}' })),
    ).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    })
    const sts = new STSClient(clientConfig(server))
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      UserId: 'AIDA1',
    })
    const assumed = await sts.send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::123456789012:role/r',
        RoleSessionName: 's1',
        DurationSeconds: 900,
      }),
    )
    expect(assumed.Credentials).toMatchObject({ SessionToken: 't+/=', Expiration: role.CreateDate })
    expect(inputs).toEqual([
      { RoleName: 'r', AssumeRolePolicyDocument, MaxSessionDuration: 3600, Tags },
      { MaxItems: 5 },
      { RoleArn: 'arn:aws:iam::123456789012:role/r', RoleSessionName: 's1', DurationSeconds: 900 },
    ])
  })
})

describe('json', () => {
  it('carries bodies to the handler and back, and errors with their type', async () => {
    const inputs: unknown[] = []
    await using server = await startTestHttp({
      services: {
        logs: offer({
          async CreateLogGroup(input) {
            inputs.push(input)
            throw iotError('ResourceAlreadyExistsException', 'The specified log group already exists')
          },
          async DescribeLogGroups(input) {
            inputs.push(input)
            return { logGroups: [{ logGroupName: 'g', creationTime: at.getTime() }] }
          },
        } satisfies Partial<Operations<typeof Logs>>),
      },
    })
    const logs = new CloudWatchLogsClient(clientConfig(server))
    await expect(
      logs.send(new CreateLogGroupCommand({ logGroupName: 'g', tags: { a: 'b' } })),
    ).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
      $metadata: { httpStatusCode: 400 },
    })
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ limit: 3 }))
    expect(logGroups).toEqual([{ logGroupName: 'g', creationTime: at.getTime() }])
    await expect(logs.send(new DescribeLogGroupsCommand({ limit: 51 }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(
        "Value '51' at 'limit' failed to satisfy constraint: Member must have value less",
      ),
    })
    expect(inputs).toEqual([{ logGroupName: 'g', tags: { a: 'b' } }, { limit: 3 }])
  })
})
