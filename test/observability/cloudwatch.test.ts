/** Metrics of AWS/IoT, as the command line of AWS, boto3, an older SDK, and what speaks CBOR read them of a server that is killed. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AttachUserPolicyCommand, CreateAccessKeyCommand, CreateUserCommand } from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateTopicRuleCommand,
} from '@aws-sdk/client-iot'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import AWS from 'aws-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CborTime, decodeCbor, encodeCbor } from '../../src/lib/cbor.ts'
import { Sha256 } from '../../src/lib/sha256.ts'
import { makeCa } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createRole, eventually } from '../helpers/jitr.ts'
import { olderCloudWatch, sumsOf, untilNow } from '../helpers/metric-sums.ts'
import { lacks } from '../helpers/programs.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'
import { openShell, type Shell } from '../helpers/shell.ts'

let server: ServerProcess
let shell: Shell

beforeAll(async () => {
  const directory = freshDirectory()
  server = await startServerProcess({ 'data-dir': directory })
  await makeMetrics() // written: who reads is shown what was counted a moment ago
  await server.kill()
  server = await startServerProcess({ 'data-dir': directory })
  shell = openShell(environmentOf(server))
})
afterAll(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

const environmentOf = ({ endpoints, rootKey }: ServerProcess) => ({
  AWS_ENDPOINT_URL: endpoints.apiUrl,
  AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
  AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  AWS_DEFAULT_REGION: endpoints.region,
})

async function makeDevice() {
  const { iot } = server
  const { certificateArn, certificatePem, keyPair } = await iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  const allow = (Action: string | string[], Resource: string[]) => ({ Effect: 'Allow', Action, Resource })
  const named = (kind: string, name: string) => `arn:aws:iot:*:*:${kind}/${name}`
  const Statement = [
    allow('iot:Connect', [named('client', 'lamp')]),
    allow(
      ['iot:Publish', 'iot:RetainPublish', 'iot:Receive'],
      [named('topic', 'lamp/*'), named('topic', '$aws/things/lamp/*')],
    ),
    allow('iot:Subscribe', [named('topicfilter', 'lamp/*')]),
  ]
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iot.send(new CreatePolicyCommand({ policyName: 'lamp', policyDocument }))
  await iot.send(new AttachPolicyCommand({ policyName: 'lamp', target: certificateArn! }))
  return { certificatePem: certificatePem!, privateKeyPem: keyPair!.PrivateKey! }
}

async function makeRule(): Promise<void> {
  const roleArn = await createRole(server, {
    name: 'rules',
    service: 'iot.amazonaws.com',
    actions: ['iot:Publish'],
  })
  const actions = [{ republish: { roleArn, topic: 'routed', qos: 1 } }]
  const topicRulePayload = { sql: "SELECT * FROM 'lamp/on'", actions }
  await server.iot.send(new CreateTopicRuleCommand({ ruleName: 'route', topicRulePayload }))
}

/** Two clients that come in, one that may not, one that nobody knows; what they say and may not say; over HTTPS too. */
async function makeMetrics(): Promise<void> {
  const device = await makeDevice()
  await makeRule()
  const lamp = await connectDevice(server, { ...device, clientId: 'lamp', protocolVersion: 5 })
  await expect(connectDevice(server, { ...device, clientId: 'stranger' })).rejects.toThrow('closed')
  const stranger = makeCa().issue({ subject: [['CN', 'unknown']] })
  await expect(connectDevice(server, { ...stranger, clientId: 'lamp' })).rejects.toThrow('closed')
  await lamp.subscribeAsync('lamp/+', { qos: 1 })
  await lamp.subscribeAsync('others/+').catch(() => {})
  for (let count = 0; count < 3; count += 1) await lamp.publishAsync('lamp/on', '{"on":true}', { qos: 1 })
  await lamp.publishAsync('lamp/state', 'on', { qos: 1, retain: true })
  await lamp.publishAsync('others/on', '{}', { qos: 1 }).catch(() => {})
  await lamp.publishAsync('$aws/things/lamp/shadow/update', '{"state":{"reported":{"on":true}}}', { qos: 1 })
  await lamp.unsubscribeAsync('lamp/+')
  await lamp.endAsync()
  const data = new AWS.IotData({
    endpoint: server.endpoints.apiUrl,
    region: 'us-east-1',
    credentials: server.rootKey,
  })
  await data.publish({ topic: 'lamp/on', payload: '{}', qos: 1 }).promise()
  const routed = async () => (await sumsOf(server, 'Success'))['ActionType=Republish RuleName=route']
  await eventually(async () => (await routed()) === 4)
}

describe('what happened before a server was killed', () => {
  it.each<[string, Record<string, number>]>([
    ['Connect.Success', { 'Protocol=MQTT': 1 }],
    ['Connect.AuthError', { 'Protocol=MQTT': 1 }],
    ['Connection.AuthNError', { 'Protocol=MQTT': 1 }],
    ['PublishIn.Success', { 'Protocol=MQTT': 5, 'Protocol=HTTP': 1 }],
    ['PublishIn.AuthError', { 'Protocol=MQTT': 1 }],
    ['PublishRetained.Success', { 'Protocol=MQTT': 1 }],
    ['PublishOut.Success', { 'Protocol=MQTT': 4 }],
    ['Subscribe.Success', { 'Protocol=MQTT': 1 }],
    ['Subscribe.AuthError', { 'Protocol=MQTT': 1 }],
    ['Unsubscribe.Success', { 'Protocol=MQTT': 1 }],
    ['UpdateThingShadow.Accepted', { 'Protocol=MQTT': 1 }],
    ['TopicMatch', { 'RuleName=route': 4 }],
    ['Success', { 'ActionType=Republish RuleName=route': 4 }],
    ['RulesExecuted', { '': 4 }],
    ['PublishIn.Throttle', {}],
    ['Failure', {}],
  ])('was %s as often as it says', async (metric, sums) => {
    expect(await sumsOf(server, metric)).toEqual(sums)
  })
})

const python = `
import boto3, datetime, json
client = boto3.client('cloudwatch')
now = datetime.datetime.now(datetime.timezone.utc)
hours = dict(StartTime=now - datetime.timedelta(hours=2), EndTime=now + datetime.timedelta(minutes=1))
def query(name, metric, stat='Sum', **dimensions):
    dimensions = [dict(Name=key, Value=value) for key, value in dimensions.items()]
    metric = dict(Namespace='AWS/IoT', MetricName=metric, Dimensions=dimensions)
    return dict(Id=name, MetricStat=dict(Metric=metric, Period=3600, Stat=stat))
queries = [query('c', 'Connect.Success', Protocol='MQTT'), query('r', 'Success', RuleName='route', ActionType='Republish')]
found = {}
for page in client.get_paginator('get_metric_data').paginate(MetricDataQueries=queries, PaginationConfig=dict(PageSize=1), **hours):
    for result in page['MetricDataResults']:
        assert all(at.tzinfo for at in result['Timestamps'])
        found[result['Id']] = found.get(result['Id'], 0) + sum(result['Values'])
listed = [metric['MetricName'] for page in client.get_paginator('list_metrics').paginate(Namespace='AWS/IoT') for metric in page['Metrics']]
def refusal(call):
    try:
        call()
    except client.exceptions.ClientError as error:
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]
refusals = [
    refusal(lambda: client.get_metric_data(MetricDataQueries=[dict(Id='e', Expression='c * 2')], **hours)),
    refusal(lambda: client.get_metric_data(MetricDataQueries=[query('c', 'Connect.Success', stat='p99')], **hours)),
    refusal(lambda: client.put_metric_data(Namespace='Own', MetricData=[dict(MetricName='a', Value=1)])),
    refusal(lambda: client.describe_alarms()),
    refusal(lambda: client.list_metrics(NextToken='!')),
]
print(json.dumps([found, 'TopicMatch' in listed, refusals]))
`

describe.skipIf(lacks('aws', 'python3'))('newer clients', () => {
  it('read metrics and refusals by boto3', async () => {
    writeFileSync(join(shell.directory, 'metrics.py'), python)
    expect(JSON.parse(await shell.expect('python3 metrics.py'))).toEqual([
      { c: 1, r: 4 },
      true,
      [
        ['NotImplemented', 501],
        ['InvalidParameterValue', 400],
        ['NotImplemented', 501],
        ['NotImplemented', 501],
        ['InvalidParameterValue', 400],
      ],
    ])
  })

  it('read metrics by the command line', async () => {
    const queries = [
      {
        Id: 'in',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/IoT',
            MetricName: 'PublishIn.Success',
            Dimensions: [{ Name: 'Protocol', Value: 'MQTT' }],
          },
          Period: 7200,
          Stat: 'Sum',
        },
      },
    ]
    const { StartTime, EndTime } = untilNow()
    const range = `--start-time ${StartTime.toISOString()} --end-time ${EndTime.toISOString()}`
    const told = await shell.expect(
      `aws cloudwatch get-metric-data --metric-data-queries '${JSON.stringify(queries)}' ${range} --output json`,
    )
    expect(JSON.parse(told)).toMatchObject({
      MetricDataResults: [{ Id: 'in', Label: 'PublishIn.Success', Values: [5], StatusCode: 'Complete' }],
    })
    const names = await shell.expect(
      `aws cloudwatch list-metrics --namespace AWS/IoT --dimensions Name=RuleName,Value=route --query 'Metrics[].MetricName' --output text`,
    )
    expect(names.trim().split('\t')).toEqual(['Success', 'TopicMatch'])
    const { code, output } = await shell.run('aws cloudwatch describe-alarms')
    expect([code, output]).toEqual([
      255,
      expect.stringContaining('Muster does not offer cloudwatch DescribeAlarms'),
    ])
  })
})

describe('whoever speaks CBOR', () => {
  async function call(operation: string, input: object, key = server.rootKey) {
    const url = new URL(
      `/service/GraniteServiceVersion20100801/operation/${operation}`,
      server.endpoints.apiUrl,
    )
    const signer = new SignatureV4({
      service: 'monitoring',
      region: server.endpoints.region,
      credentials: key,
      sha256: Sha256 as never,
    })
    const body = encodeCbor(input)
    const headers = { host: url.host, 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }
    const signed = await signer.sign(
      new HttpRequest({ method: 'POST', hostname: url.hostname, path: url.pathname, headers, body }),
    )
    const response = await fetch(url, { method: 'POST', headers: signed.headers, body })
    const limits = { maxBytes: 100_000, maxDepth: 8, takesTimes: true }
    const answer = decodeCbor(new Uint8Array(await response.arrayBuffer()), limits)
    return { status: response.status, headers: response.headers, answer }
  }

  it('reads metrics', async () => {
    const Metric = { Namespace: 'AWS/IoT', MetricName: 'RulesExecuted' }
    const { StartTime, EndTime } = untilNow()
    const { status, headers, answer } = await call('GetMetricData', {
      MetricDataQueries: [{ Id: 'a', MetricStat: { Metric, Period: 7200, Stat: 'Sum' } }],
      StartTime: new CborTime(StartTime.getTime() / 1000),
      EndTime: new CborTime(EndTime.getTime() / 1000),
    })
    expect([status, headers.get('smithy-protocol')]).toEqual([200, 'rpc-v2-cbor'])
    expect(answer).toMatchObject({ MetricDataResults: [{ Id: 'a', Values: [4] }] })
  })

  it('is refused in CBOR, also when it may not, or asks for what is not offered', async () => {
    const refused = await call('GetMetricData', {})
    expect(refused.status).toBe(400)
    expect(refused.answer).toMatchObject({ __type: 'ValidationError' })
    const absent = await call('GetDashboard', { DashboardName: 'a' })
    expect([absent.status, absent.headers.get('x-amzn-query-error')]).toEqual([
      501,
      'NotImplemented;Receiver',
    ])
    const wrong = await call('ListMetrics', {}, { ...server.rootKey, secretAccessKey: 'another' })
    expect(wrong.status).toBe(403)
    expect(wrong.answer).toMatchObject({ __type: 'InvalidSignatureException' })
  })
})

it('is for those alone who may', async () => {
  const { iam } = server
  await iam.send(new CreateUserCommand({ UserName: 'reader' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'reader' }))
  const key = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  await iam.send(
    new AttachUserPolicyCommand({
      UserName: 'reader',
      PolicyArn: 'arn:aws:iam::aws:policy/AWSIoTFullAccess',
    }),
  )
  const client = olderCloudWatch(server, key)
  for (const call of [
    client.listMetrics({}),
    client.getMetricData({ MetricDataQueries: [], ...untilNow() }),
    client.getMetricStatistics({
      Namespace: 'AWS/IoT',
      MetricName: 'Connect.Success',
      Period: 60,
      Statistics: ['Sum'],
      ...untilNow(),
    }),
  ])
    await expect(call.promise()).rejects.toMatchObject({ code: 'AccessDenied', statusCode: 403 })
})
