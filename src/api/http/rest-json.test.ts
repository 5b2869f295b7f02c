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
import { describe, expect, it } from 'vitest'
import { iotError } from '../aws/errors.ts'
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
