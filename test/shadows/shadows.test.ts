/** Device shadows by way of clients that nobody here wrote: the AWS CLI, boto3, MQTT.js, curl, the AWS IoT Device SDK. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  GetThingShadowCommand,
  IoTDataPlaneClient,
  UpdateThingShadowCommand,
} from '@aws-sdk/client-iot-data-plane'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { iot as iotSdk, iotshadow, mqtt as mqttSdk, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { musterProgram } from '../helpers/program.ts'
import { closed, connectDevice, connectOperator } from '../helpers/device.ts'
import { lacks } from '../helpers/programs.ts'
import { startServerProcess, startTestServer, type TestServer } from '../helpers/server.ts'
import { openShell, parseExports, type Shell } from '../helpers/shell.ts'

let server: TestServer
let shell: Shell
let data: IoTDataPlaneClient
beforeAll(async () => {
  server = await startTestServer()
  shell = openShell(parseExports(await environmentOf(server)))
  data = new IoTDataPlaneClient({
    endpoint: server.endpoints.apiUrl,
    region: server.endpoints.region,
    credentials: server.rootKey,
    maxAttempts: 1,
  })
})
afterAll(async () => {
  data.destroy()
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

async function environmentOf({ dataDir }: TestServer): Promise<string> {
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, [musterProgram, 'env', '--data-dir', dataDir])
  return stdout
}

interface Identity {
  certificatePem: string
  privateKeyPem: string
}

let policies = 0

/** A certificate that may do what the statements say. */
async function makeDevice({ iot }: TestServer, ...Statement: object[]): Promise<Identity> {
  const {
    certificateArn: target,
    certificatePem,
    keyPair,
  } = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const policyName = `shadow-policy-${policies++}`
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
  await iot.send(new AttachPolicyCommand({ policyName, target }))
  return { certificatePem: certificatePem!, privateKeyPem: keyPair!.PrivateKey! }
}

const allow = (Action: string | string[], ...resources: string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: resources.map((resource) => `arn:aws:iot:*:*:${resource}`),
})

/** What a device needs for the classic shadow of its thing. */
const ownShadow = (thingName: string) => [
  allow('iot:Connect', 'client/*'),
  allow(['iot:Publish', 'iot:Receive'], `topic/$aws/things/${thingName}/shadow/*`),
  allow('iot:Subscribe', `topicfilter/$aws/things/${thingName}/shadow/*`),
]

const read = async (thingName: string, shadowName?: string) => {
  const { payload } = await data.send(new GetThingShadowCommand({ thingName, shadowName }))
  return JSON.parse(payload!.transformToString()) as Record<string, unknown>
}

/** What a client that may hear everything hears below the thing's `shadow/`. */
async function overhear(thingName: string) {
  const identity = await makeDevice(server, allow('iot:*', '*'))
  const client = await connectDevice(server, { ...identity, clientId: `ear-${thingName}` })
  const shadow = `$aws/things/${thingName}/shadow/`
  const heard: { topic: string; payload: string }[] = []
  let wake = () => {}
  client.on('message', (topic, payload) => {
    heard.push({ topic: topic.slice(shadow.length), payload: payload.toString() })
    wake()
  })
  await client.subscribeAsync(`${shadow}#`, { qos: 1 })
  return {
    atLeast: (count: number) =>
      new Promise<typeof heard>((resolve) => {
        wake = () => heard.length >= count && resolve(heard)
        wake()
      }),
    [Symbol.asyncDispose]: () => client.endAsync(),
  }
}

const anyTime = expect.any(Number) as number

describe.skipIf(lacks('aws'))('the AWS CLI', () => {
  const text = (out: string) => JSON.parse(out) as Record<string, unknown>

  it('walks through the guide: nothing there, report, desire, list, delete', async () => {
    const named = '--thing-name cli --shadow-name simShadow1'
    const missing = await shell.run(`aws iot-data get-thing-shadow ${named} /dev/stdout`)
    expect(missing.code).not.toBe(0)
    expect(missing.output).toContain('ResourceNotFoundException')
    expect(missing.output).toContain("No shadow exists with name: 'cli~simShadow1'")
    await using heard = await overhear('cli')
    const raw = (await shell.expect('aws --version')).includes('aws-cli/1')
      ? ''
      : '--cli-binary-format raw-in-base64-out'
    const update = (payload: string) =>
      shell.expect(
        `aws iot-data update-thing-shadow ${named} ${raw} --payload '${payload}' out.json >/dev/null && cat out.json`,
      )
    const accepted = text(
      await update('{"state":{"reported":{"ID":"SmartLamp21","ColorRGB":[128,128,128]}},"clientToken":"c1"}'),
    )
    expect(accepted).toEqual({
      state: { reported: { ID: 'SmartLamp21', ColorRGB: [128, 128, 128] } },
      metadata: { reported: { ID: { timestamp: anyTime }, ColorRGB: Array(3).fill({ timestamp: anyTime }) } },
      version: 1,
      timestamp: anyTime,
      clientToken: 'c1',
    })
    await update('{"state":{"desired":{"ColorRGB":[255,255,0]}},"clientToken":"c2"}')
    const messages = await heard.atLeast(5)
    expect(messages.map(({ topic }) => topic)).toEqual(
      ['accepted', 'documents', 'accepted', 'documents', 'delta'].map(
        (one) => `name/simShadow1/update/${one}`,
      ),
    )
    expect(JSON.parse(messages[4]!.payload)).toEqual({
      version: 2,
      timestamp: anyTime,
      state: { ColorRGB: [255, 255, 0] },
      metadata: { ColorRGB: Array(3).fill({ timestamp: anyTime }) },
      clientToken: 'c2',
    })
    expect(text(await shell.expect('aws iot-data list-named-shadows-for-thing --thing-name cli'))).toEqual({
      results: ['simShadow1'],
      timestamp: anyTime,
    })
    await shell.expect(`aws iot-data delete-thing-shadow ${named} gone.json >/dev/null`)
    expect(text(readFileSync(join(shell.directory, 'gone.json'), 'utf8'))).toEqual({
      version: 2,
      timestamp: anyTime,
    })
    const list = await shell.expect('aws iot-data list-named-shadows-for-thing --thing-name nobody')
    expect(text(list)).toMatchObject({ results: [] })
  })
})

describe.skipIf(lacks('python3'))('boto3', () => {
  it('sees documents and errors as from AWS', async () => {
    writeFileSync(
      join(shell.directory, 'shadow.py'),
      `
import boto3, json, os
data = boto3.client('iot-data', endpoint_url=os.environ['AWS_ENDPOINT_URL'])
def update(document, **names):
    return json.load(data.update_thing_shadow(thingName='boto', payload=json.dumps(document), **names)['payload'])
def refused(call):
    try:
        call()
    except Exception as error:
        response = error.response
        return [type(error).__name__, response['Error']['Message'], response['ResponseMetadata']['HTTPStatusCode']]
update({'state': {'desired': {'a': 1, 'b': {'c': 2}}, 'reported': {'a': 2}}})
for name in ['n1', 'n2', 'n3']:
    update({'state': {'reported': {'x': name}}}, shadowName=name)
first = data.list_named_shadows_for_thing(thingName='boto', pageSize=2)
second = data.list_named_shadows_for_thing(thingName='boto', pageSize=2, nextToken=first['nextToken'])
print(json.dumps({
    'get': json.load(data.get_thing_shadow(thingName='boto')['payload'])['state'],
    'pages': [first['results'], second['results'], 'nextToken' in second],
    'refusals': [
        refused(lambda: update({'state': {'desired': {'a': 2}}, 'version': 7})),
        refused(lambda: update({})),
        refused(lambda: update({'state': {'reported': {'a': 'x' * 9000}}})),
        refused(lambda: data.update_thing_shadow(thingName='boto', payload=b'{"state":{"reported":{"a":"\\xff"}}}')),
        refused(lambda: data.get_thing_shadow(thingName='nobody')),
        refused(lambda: data.delete_thing_shadow(thingName='boto', shadowName='nobody')),
        refused(lambda: data.get_thing_shadow(thingName='boto', shadowName='a.b')),
        refused(lambda: data.list_named_shadows_for_thing(thingName='boto', nextToken='!')),
    ],
}))
`,
    )
    expect(JSON.parse(await shell.expect('python3 shadow.py'))).toEqual({
      get: { desired: { a: 1, b: { c: 2 } }, reported: { a: 2 }, delta: { a: 1, b: { c: 2 } } },
      pages: [['n1', 'n2'], ['n3'], false],
      refusals: [
        ['ConflictException', 'Version conflict', 409],
        ['InvalidRequestException', 'Missing required node: state', 400],
        ['RequestEntityTooLargeException', 'The payload exceeds the maximum size allowed', 413],
        [
          'UnsupportedDocumentEncodingException',
          'Unsupported documented encoding; supported encoding is UTF-8',
          415,
        ],
        ['ResourceNotFoundException', "No shadow exists with name: 'nobody'", 404],
        ['ResourceNotFoundException', "No shadow exists with name: 'boto~nobody'", 404],
        ['InvalidRequestException', expect.stringContaining('shadowName'), 400],
        ['InvalidRequestException', expect.any(String), 400],
      ],
    })
  })
})

describe('a device over MQTT', () => {
  it.each([4, 5] as const)('hears answers to its requests: protocol level %s', async (protocolVersion) => {
    const thingName = `lamp-${protocolVersion}`
    const identity = await makeDevice(server, ...ownShadow(thingName))
    const client = await connectDevice(server, { ...identity, clientId: thingName, protocolVersion })
    const shadow = `$aws/things/${thingName}/shadow`
    const heard: string[] = []
    const waiting: (() => void)[] = []
    client.on('message', (topic, payload) => {
      heard.push(`${topic.slice(shadow.length + 1)} ${payload.toString()}`)
      waiting.shift()?.()
    })
    const ask = async (topic: string, payload: string) => {
      const answered = new Promise<void>((resolve) => waiting.push(resolve))
      await client.publishAsync(`${shadow}/${topic}`, payload, { qos: 1 })
      await answered
    }
    await client.subscribeAsync([`${shadow}/+/accepted`, `${shadow}/+/rejected`], { qos: 1 })
    await ask('get', '')
    await ask('update', '{"state":{"reported":{"on":true}},"clientToken":"t"}')
    await ask('update', '{"state":{"reported":{"on":true}},"version":5}')
    await ask('delete', '')
    await client.endAsync()
    expect(heard.map((line) => line.replaceAll(/"timestamp":\d{10}/g, '"timestamp":0'))).toEqual([
      `get/rejected {"code":404,"message":"No shadow exists with name: '${thingName}'"}`,
      'update/accepted {"state":{"reported":{"on":true}},"metadata":{"reported":{"on":{"timestamp":0}}},"version":1,"timestamp":0,"clientToken":"t"}',
      'update/rejected {"code":409,"message":"Version conflict"}',
      'delete/accepted {"version":1,"timestamp":0}',
    ])
  })

  it('is cut off when it reaches for the shadow of another thing, which stays as it is', async () => {
    const identity = await makeDevice(server, ...ownShadow('mine'))
    const client = await connectDevice(server, { ...identity, clientId: 'thief' })
    const gone = closed(client)
    client.publish('$aws/things/theirs/shadow/update', '{"state":{"desired":{"open":true}}}', { qos: 1 })
    await gone
    await expect(read('theirs')).rejects.toThrow("No shadow exists with name: 'theirs'")
  })

  it('leaves no trace in its shadow by a will', async () => {
    await using heard = await overhear('willing')
    const payload = '{"state":{"reported":{"connected":false}}}'
    const topic = '$aws/things/willing/shadow/update'
    const identity = await makeDevice(server, ...ownShadow('willing'))
    const device = await connectDevice(server, {
      ...identity,
      clientId: 'willing',
      mqtt: { will: { topic, payload: Buffer.from(payload), qos: 1, retain: false } },
    })
    device.stream.destroy()
    expect(await heard.atLeast(1)).toEqual([{ topic: 'update', payload }])
    await expect(read('willing')).rejects.toThrow('No shadow exists')
  })
})

describe.skipIf(lacks('curl'))('a device over HTTPS', () => {
  const curl = async (identity: Identity, path: string, more = '') => {
    writeFileSync(join(shell.directory, 'device.crt'), identity.certificatePem)
    writeFileSync(join(shell.directory, 'device.key'), identity.privateKeyPem)
    const url = `https://localhost:${server.endpoints.httpsPort}${path}`
    const out = await shell.expect(
      `curl -sS --cacert "$MUSTER_ROOT_CA" --cert device.crt --key device.key -w '\\n%{http_code}' ${more} '${url}'`,
    )
    const at = out.lastIndexOf('\n')
    return {
      status: Number(out.slice(at + 1)),
      body: JSON.parse(out.slice(0, at)) as Record<string, unknown>,
    }
  }

  it('updates, gets, lists and deletes what its policy names', async () => {
    const identity = await makeDevice(
      server,
      allow('iot:*ThingShadow', 'thing/curl', 'thing/curl/main'),
      allow('iot:ListNamedShadowsForThing', 'thing/curl'),
    )
    await using heard = await overhear('curl')
    const document = `-d '{"state":{"desired":{"on":true}}}'`
    expect(await curl(identity, '/things/curl/shadow', document)).toEqual({
      status: 200,
      body: {
        state: { desired: { on: true } },
        metadata: { desired: { on: { timestamp: anyTime } } },
        version: 1,
        timestamp: anyTime,
      },
    })
    expect(await curl(identity, '/things/curl/shadow?name=main', document)).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    expect(await curl(identity, '/things/curl/shadow')).toMatchObject({
      status: 200,
      body: { state: { desired: { on: true }, delta: { on: true } } },
    })
    expect(await curl(identity, '/api/things/shadow/ListNamedShadowsForThing/curl')).toMatchObject({
      status: 200,
      body: { results: ['main'] },
    })
    expect(await curl(identity, '/things/curl/shadow', '-X DELETE')).toMatchObject({
      status: 200,
      body: { version: 1 },
    })
    const topics = (await heard.atLeast(7)).map(({ topic }) => topic)
    expect(topics).toEqual([
      'update/accepted',
      'update/documents',
      'update/delta',
      'name/main/update/accepted',
      'name/main/update/documents',
      'name/main/update/delta',
      'delete/accepted',
    ])
  })

  it.each([
    ['a named shadow where the classic one is granted', '/things/curl/shadow?name=main', '', 403],
    ['another thing', '/things/other/shadow', '', 403],
    ['an update where reading is granted', '/things/curl/shadow', `-d '{"state":{}}'`, 403],
    ['a deletion where reading is granted', '/things/curl/shadow', '-X DELETE', 403],
    ['a list that is not granted', '/api/things/shadow/ListNamedShadowsForThing/curl', '', 403],
    ['a method that is not there', '/things/curl/shadow', '-X PUT', 405],
    ['a name that no thing can have', '/things/a%20b/shadow', '', 400],
    ['an empty shadow name', '/things/curl/shadow?name=', '', 400],
    ['a shadow that is not there', '/things/curl/shadow', '', 404],
  ])('is refused %s', async (_what, path, more, status) => {
    const identity = await makeDevice(server, allow('iot:GetThingShadow', 'thing/curl'))
    expect(await curl(identity, path, more)).toMatchObject({
      status,
      body: { message: expect.any(String) as string },
    })
  })
})

describe('the AWS IoT Device SDK for JavaScript', () => {
  it('gets, updates, and streams deltas over MQTT 5', async () => {
    const identity = await makeDevice(server, ...ownShadow('sdk5'))
    const builder = iotSdk.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
      'localhost',
      identity.certificatePem,
      identity.privateKeyPem,
    )
    builder.withPort(server.endpoints.mqttPort).withCertificateAuthority(server.rootCa)
    builder.withConnectProperties({ clientId: 'sdk5', keepAliveIntervalSeconds: 60 })
    const client = new mqtt5.Mqtt5Client(builder.build())
    const stopped = new Promise((resolve) => client.once('stopped', resolve))
    client.start()
    const shadow = iotshadow.IotShadowClientv2.newFromMqtt5(client, {
      maxRequestResponseSubscriptions: 6,
      maxStreamingSubscriptions: 2,
      operationTimeoutInSeconds: 30,
    })
    const thingName = 'sdk5'
    const refusal = await shadow.getShadow({ thingName }).catch((error: iotshadow.IotShadowError) => error)
    expect(refusal).toMatchObject({
      modeledError: {
        code: 404,
        message: "No shadow exists with name: 'sdk5'",
        clientToken: expect.any(String) as string,
      },
    })
    const deltas = shadow.createShadowDeltaUpdatedStream({ thingName })
    const updates = shadow.createShadowUpdatedStream({ thingName })
    const subscribed = [deltas, updates].map(
      (stream) => new Promise((resolve) => stream.once('subscriptionStatus', resolve)),
    )
    const delta = new Promise((resolve) => deltas.once('incomingPublish', resolve))
    const update = new Promise((resolve) => updates.once('incomingPublish', resolve))
    deltas.open()
    updates.open()
    await Promise.all(subscribed)
    const updated = await shadow.updateShadow({ thingName, state: { desired: { color: 'green' } } })
    expect(updated).toMatchObject({ version: 1, state: { desired: { color: 'green' } } })
    expect(await delta).toMatchObject({ message: { version: 1, state: { color: 'green' } } })
    expect(await update).toMatchObject({
      message: { current: { version: 1, state: { desired: { color: 'green' } } } },
    })
    await shadow.updateShadow({ thingName, state: { reported: { color: 'green' } } })
    const got = await shadow.getShadow({ thingName })
    expect(got).toMatchObject({
      version: 2,
      state: { desired: { color: 'green' }, reported: { color: 'green' } },
    })
    expect(got.state).not.toHaveProperty('delta')
    expect(await shadow.deleteShadow({ thingName })).toMatchObject({ version: 2 })
    deltas.close()
    updates.close()
    shadow.close()
    client.stop()
    await stopped
    client.close()
  })

  it('gets, updates, and hears deltas of a named shadow over MQTT 3.1.1', async () => {
    const identity = await makeDevice(server, ...ownShadow('sdk3'))
    const config = iotSdk.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(
      identity.certificatePem,
      identity.privateKeyPem,
    )
      .with_certificate_authority(server.rootCa)
      .with_endpoint('localhost')
      .with_port(server.endpoints.mqttPort)
      .with_client_id('sdk3')
      .with_clean_session(true)
      .build()
    const connection = new mqttSdk.MqttClient().new_connection(config)
    await connection.connect()
    const shadow = new iotshadow.IotShadowClient(connection)
    const names = { thingName: 'sdk3', shadowName: 'main' }
    const qos = mqttSdk.QoS.AtLeastOnce
    const heard: unknown[] = []
    let wake = () => {}
    const hear = (error?: Error, response?: unknown) => {
      heard.push(error ?? response)
      wake()
    }
    const until = (count: number) =>
      new Promise<void>((resolve) => {
        wake = () => heard.length >= count && resolve()
        wake()
      })
    await shadow.subscribeToUpdateNamedShadowAccepted(names, qos, hear)
    await shadow.subscribeToUpdateNamedShadowRejected(names, qos, hear)
    await shadow.subscribeToNamedShadowDeltaUpdatedEvents(names, qos, hear)
    await shadow.subscribeToGetNamedShadowAccepted(names, qos, hear)
    await shadow.publishUpdateNamedShadow(
      { ...names, state: { desired: { on: true } }, clientToken: 'one' },
      qos,
    )
    await until(2)
    await shadow.publishUpdateNamedShadow(
      { ...names, state: { desired: { on: false } }, version: 9, clientToken: 'two' },
      qos,
    )
    await until(3)
    await shadow.publishGetNamedShadow({ ...names, clientToken: 'three' }, qos)
    await until(4)
    await connection.disconnect()
    expect(heard).toMatchObject([
      { version: 1, clientToken: 'one', state: { desired: { on: true } } },
      { version: 1, state: { on: true } },
      { code: 409, message: 'Version conflict', clientToken: 'two' },
      { version: 1, clientToken: 'three', state: { desired: { on: true }, delta: { on: true } } },
    ])
  })
})

it('keeps what was acknowledged when the server is killed in the middle of updates', async () => {
  await using first = await startServerProcess()
  const { dataDir } = first
  const client = await connectOperator(first)
  const acknowledged = new Map<string, number>()
  const update = async (thingName: string, n: number) => {
    const payload = `{"state":{"reported":{"n":${n}}}}`
    await client.publishAsync(`$aws/things/${thingName}/shadow/update`, payload, { qos: 1 })
    acknowledged.set(thingName, n)
  }
  /** Without end: the kill is the end. */
  const report = async (thingName: string) => {
    for (let n = 1; ; n++) await update(thingName, n)
  }
  const things = Array.from({ length: 20 }, (_, index) => `kill-${index}`)
  const reports = Promise.allSettled(things.map((thingName) => report(thingName)))
  while ([...acknowledged.values()].filter((n) => n > 10).length < things.length)
    await update('clock', acknowledged.size)
  await first.kill()
  client.end(true)
  expect((await reports).every(({ status }) => status === 'rejected')).toBe(true)
  await using second = await startServerProcess({ 'data-dir': dataDir })
  const reader = new IoTDataPlaneClient({
    endpoint: second.endpoints.apiUrl,
    region: second.endpoints.region,
    credentials: second.rootKey,
  })
  for (const thingName of things) {
    const { payload } = await reader.send(new GetThingShadowCommand({ thingName }))
    const { version, state } = JSON.parse(payload!.transformToString()) as {
      version: number
      state: { reported: { n: number } }
    }
    expect(version).toBe(state.reported.n) // each update took effect once, in order
    expect(version - acknowledged.get(thingName)!).toBeOneOf([0, 1])
    const next = Buffer.from(`{"state":{"reported":{"n":0}},"version":${version}}`)
    await reader.send(new UpdateThingShadowCommand({ thingName, payload: next }))
  }
  reader.destroy()
})
