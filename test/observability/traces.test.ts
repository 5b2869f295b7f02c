/** Traces as an OpenTelemetry collector hears them by OTLP over HTTP. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateThingCommand, DescribeThingCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { startTestServer } from '../helpers/server.ts'

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
  const refused = calls.find((span) => textsOf(span.attributes)['rpc.method'] === 'DescribeThing')
  expect(textsOf(refused?.attributes ?? [])['http.response.status_code']).toBe('404')
  expect(refused?.status).toBeUndefined()
})
