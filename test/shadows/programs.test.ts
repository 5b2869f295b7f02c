/** Device shadows by way of programs that nobody here wrote: the AWS CLI, boto3, the AWS IoT Device SDK. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { iot as iotSdk, iotshadow, mqtt as mqttSdk, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lacks } from '../helpers/programs.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { type Shell } from '../helpers/shell.ts'
import { anyTime, makeDevice, openServerShell, overhear, ownShadow } from './shadow-clients.ts'

let server: TestServer
let shell: Shell
beforeAll(async () => {
  server = await startTestServer()
  shell = await openServerShell(server)
})
afterAll(async () => {
  shell[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

describe.skipIf(lacks('aws'))('the AWS CLI', () => {
  const text = (out: string) => JSON.parse(out) as Record<string, unknown>

  it('walks through the guide: nothing there, report, desire, list, delete', async () => {
    const named = '--thing-name cli --shadow-name simShadow1'
    const missing = await shell.run(`aws iot-data get-thing-shadow ${named} /dev/stdout`)
    expect(missing.code).not.toBe(0)
    expect(missing.output).toContain('ResourceNotFoundException')
    expect(missing.output).toContain("No shadow exists with name: 'cli~simShadow1'")
    await using heard = await overhear(server, 'cli')
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
