/** Traces as an OpenTelemetry collector hears them by OTLP over HTTP. */
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  AttachPolicyCommand,
  CreateThingCommand,
  CreateTopicRuleCommand,
  DescribeThingCommand,
  GetTopicRuleCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Visitor } from '../console/visitor.ts'
import { ask, createClaim, createFleetTemplate, createTopic, provisionTopic } from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import {
  createDevicePolicy,
  createFunction,
  createRole,
  eventually,
  logOf,
  permitRule,
} from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

interface KeyValue {
  key: string
  value: { stringValue?: string; intValue?: string; boolValue?: boolean }
}
interface HeardSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: KeyValue[]
  events: { name: string }[]
  status?: { code: number }
}
interface Export {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: HeardSpan[] }[] }[]
}

let collector: Server
let url: string
const heard: { path: string; key: string | undefined; body: Export }[] = []
beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Export
    heard.push({ path: request.url ?? '', key: request.headers['x-key'] as string | undefined, body })
    response.end('{}')
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
})
afterAll(() => collector.close())

const spans = () =>
  heard.flatMap(({ body }) =>
    body.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)),
  )
const textsOf = (attributes: KeyValue[]) =>
  Object.fromEntries(
    attributes.map(({ key, value: { stringValue, intValue, boolValue } }) => [
      key,
      stringValue ?? intValue ?? boolValue,
    ]),
  )
const traceId = '0af7651916cd43dd8448eb211c80319c'

async function makeTraces(): Promise<void> {
  await using server = await startTestServer({ otlpEndpoint: `${url}/`, otlpHeaders: 'x-key=a%20key' })
  const roleArn = await createProvisioningRole(server)
  const ca = await registerCa(server, {
    registrationConfig: { roleArn, templateBody: provisioningTemplate() },
  })
  const device = ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', 'traced-1'],
    ],
  })
  const client = await connectDevice(server, { ...device, clientId: 'traced-1' })
  await client.endAsync(true)
  const withParent =
    (flags: string) => (next: (args: never) => unknown) => (args: { request: { headers: object } }) => {
      Object.assign(args.request.headers, { traceparent: `00-${traceId}-b7ad6b7169203331-${flags}` })
      return next(args as never)
    }
  for (const [thingName, flags] of [
    ['of-a-trace', '01'],
    ['not-sampled', '00'],
  ] as const) {
    const command = new CreateThingCommand({ thingName })
    command.middlewareStack.add(withParent(flags) as never, { step: 'build' })
    await server.iot.send(command)
  }
  await server.iot.send(new DescribeThingCommand({ thingName: 'nobody' })).catch(() => {})
  await askByClaim(server)
  await askOverHttps(server)
  await runRule(server)
  await callFromConsole(server)
}

/** One request that is granted, one that is not, and a thing at the end. */
async function askByClaim(server: TestServer): Promise<void> {
  await createFleetTemplate(server)
  const client = await connectDevice(server, { ...(await createClaim(server)), clientId: 'newcomer' })
  const { answer } = await ask(client, createTopic)
  const { certificateOwnershipToken } = answer
  const parameters = { SerialNumber: '7' }
  await ask(client, provisionTopic, { certificateOwnershipToken: 'another', parameters })
  await ask(client, provisionTopic, { certificateOwnershipToken, parameters })
  await client.endAsync(true)
}

async function askOverHttps(server: TestServer): Promise<void> {
  const claim = await createClaim(server, [{ Effect: 'Allow', Action: 'iot:Connect', Resource: '*' }])
  const policyName = await createDevicePolicy(server)
  const over = (method: string, path: string, body = '') =>
    new Promise<number>((resolve, reject) => {
      const { httpsPort: port, endpoint: servername } = server.endpoints
      const identity = { cert: claim.certificatePem, key: claim.privateKeyPem, ca: server.rootCa }
      const options = { host: '127.0.0.1', port, servername, method, path, agent: false, ...identity }
      const asked = request(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      asked.on('error', reject).end(body)
    })
  expect(await over('POST', '/topics/lamp/on?qos=1', '{}')).toBe(403)
  await server.iot.send(new AttachPolicyCommand({ policyName, target: claim.certificateArn }))
  expect(await over('POST', '/topics/lamp/on?qos=1', '{}')).toBe(200)
  expect(await over('GET', '/things/lamp/shadow')).toBe(403) // the policy grants no shadows
  expect(await over('GET', '/retainedMessage/lamp/on')).toBe(403)
}

async function runRule(server: TestServer): Promise<void> {
  const files = { 'index.js': "exports.handler = async () => console.log('it ran')" }
  const functionArn = await createFunction(server, { roleArn: await createRole(server), files })
  const topicRulePayload = { sql: "SELECT * FROM 'told'", actions: [{ lambda: { functionArn } }] }
  await server.iot.send(new CreateTopicRuleCommand({ ruleName: 'tell', topicRulePayload }))
  const { ruleArn } = await server.iot.send(new GetTopicRuleCommand({ ruleName: 'tell' }))
  await permitRule(server, ruleArn!)
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  await visitor.operation('iot-data', 'Publish', { topic: 'told', payload: 'e30=' })
  await eventually(async () => (await logOf(server)).includes('it ran'))
}

async function callFromConsole(server: TestServer): Promise<void> {
  const visitor = new Visitor(server.endpoints.apiUrl)
  await visitor.signIn(server.rootKey)
  expect((await visitor.operation('iot', 'DescribeThing', { thingName: 'nothing' })).status).toBe(404)
}

it('a collector is told of calls, connects, admission, provisioning, and commits, each in its place', async () => {
  await makeTraces() // what waits is sent when the server stops
  expect(new Set(heard.map(({ path }) => path))).toEqual(new Set(['/v1/traces']))
  expect(heard[0]?.key).toBe('a key')
  expect(textsOf(heard[0]?.body.resourceSpans[0]?.resource.attributes ?? [])).toMatchObject({
    'service.name': 'muster',
    'cloud.region': 'us-east-1',
  })
  const byId = new Map(spans().map((span) => [span.spanId, span]))
  const lineOf = (span: HeardSpan): string[] => {
    const parent = byId.get(span.parentSpanId ?? '')
    return [...(parent ? lineOf(parent) : []), span.name]
  }
  const provision = spans().find(({ name }) => name === 'provision')
  const [commit] = spans().filter(({ parentSpanId }) => parentSpanId === provision?.spanId)
  expect(commit && lineOf(commit)).toEqual(['mqtt connect', 'admission', 'provision', 'commit'])
  const connect = spans().find(({ name }) => name === 'mqtt connect')
  expect(connect).toMatchObject({ kind: 2, traceId: provision?.traceId })
  expect(textsOf(connect?.attributes ?? [])).toMatchObject({
    'muster.client_id': 'traced-1',
    'muster.accepted': true,
  })
  const admission = spans().find(({ name }) => name === 'admission')
  expect(admission?.events.map(({ name }) => name)).toContain('provisioned')
  expect(BigInt(connect?.endTimeUnixNano ?? 0) >= BigInt(connect?.startTimeUnixNano ?? 1)).toBe(true)
})

it('a call belongs to the trace that its caller names, unless that is not kept; a refusal is no failure', () => {
  const calls = spans().filter(({ name }) => name === 'api call')
  const ofCaller = calls.filter((span) => span.traceId === traceId)
  expect(ofCaller).toHaveLength(1) // the other one's caller keeps no spans
  expect(ofCaller[0]).toMatchObject({ parentSpanId: 'b7ad6b7169203331', kind: 2 })
  expect(textsOf(ofCaller[0]?.attributes ?? [])).toMatchObject({
    'rpc.service': 'iot',
    'rpc.method': 'CreateThing',
    'http.response.status_code': '200',
    'cloud.account.id': '000000000000',
    'aws.request_id': expect.any(String) as string,
  })
  const refused = calls.find(({ attributes }) => textsOf(attributes)['rpc.method'] === 'DescribeThing')
  expect(textsOf(refused?.attributes ?? [])['http.response.status_code']).toBe('404')
  expect(refused?.status).toBeUndefined()
})

/** Attributes of all spans of a name, in the order in which they ended. */
const told = (name: string): Record<string, unknown>[] =>
  spans()
    .filter((span) => span.name === name)
    .map(({ attributes, status }) => ({ ...textsOf(attributes), ...(status && { failed: true }) }))

it('requests of devices over HTTPS have spans, granted or not', () => {
  const asked = (operation: string, status: string) => ({
    'rpc.method': operation,
    'http.response.status_code': status,
    'muster.accepted': true,
    'cloud.account.id': '000000000000',
    'client.address': '127.0.0.1',
    'muster.certificate_id': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  })
  expect(told('https request')).toEqual([
    { ...asked('Publish', '403'), 'http.request.method': 'POST' },
    { ...asked('Publish', '200'), 'http.request.method': 'POST' },
    { ...asked('GetThingShadow', '403'), 'http.request.method': 'GET' },
    { ...asked('GetRetainedMessage', '403'), 'http.request.method': 'GET' },
  ])
  const [denied] = spans().filter(({ name }) => name === 'https request')
  expect(denied?.kind).toBe(2)
  expect(denied?.events.map(({ name }) => name)).toEqual(['publish-denied'])
})

it('requests of devices with a claim have spans, with what was written down of them', () => {
  expect(told('claim request')).toMatchObject([
    { 'rpc.method': 'CreateKeysAndCertificate', 'muster.accepted': true, 'muster.client_id': 'newcomer' },
    { 'rpc.method': 'RegisterThing', 'muster.accepted': false, 'muster.template_name': 'lamps' },
    { 'rpc.method': 'RegisterThing', 'muster.accepted': true, 'muster.template_name': 'lamps' },
  ])
  expect(told('claim request').filter((one) => 'failed' in one)).toEqual([])
  const events = spans()
    .filter(({ name }) => name === 'claim request')
    .map((span) => span.events.map(({ name }) => name))
  expect(events).toEqual([['claim-certificate-issued'], ['claim-token-refused'], ['provisioned']])
  const last = spans().findLast(({ name }) => name === 'claim request')
  expect(
    spans()
      .filter(({ parentSpanId }) => parentSpanId === last?.spanId)
      .map(({ name }) => name),
  ).toContain('commit')
})

it('a rule has a span for its message, and a function for its event', () => {
  expect(told('rule')).toEqual([{ 'cloud.account.id': '000000000000', 'muster.rule_name': 'tell' }])
  expect(told('function invocation')).toEqual([
    {
      'cloud.account.id': '000000000000',
      'faas.invoked_name': 'onboard',
      'faas.invocation_id': expect.any(String) as string,
    },
  ])
})

it('a call from the console has a span as any other, and a refusal its status', () => {
  const calls = told('api call').filter((one) => one['rpc.method'] === 'DescribeThing')
  expect(calls.map((one) => one['http.response.status_code'])).toEqual(['404', '404']) // by signature, and by the console
  expect(told('api call').filter((one) => one['rpc.service'] === 'iot-data')).toMatchObject([
    { 'rpc.method': 'Publish', 'http.response.status_code': '200', 'cloud.account.id': '000000000000' },
  ])
  expect(told('api call').filter((one) => 'failed' in one)).toEqual([])
})
