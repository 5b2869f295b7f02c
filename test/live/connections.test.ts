/** What the API, rules, and subscribers learn of clients, through the official clients. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  AttachPolicyCommand,
  CreateThingCommand,
  GetThingConnectivityDataCommand,
} from '@aws-sdk/client-iot'
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  IoTDataPlaneClient,
  ListSubscriptionsCommand,
} from '@aws-sdk/client-iot-data-plane'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closed, connectDevice, listen } from '../helpers/device.ts'
import { lacks } from '../helpers/programs.ts'
import { openShell } from '../helpers/shell.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let data: IoTDataPlaneClient
let identity: { certificatePem: string; privateKeyPem: string }
let certificateId: string
let dataDir: string
beforeEach(async () => {
  dataDir = freshDirectory()
  server = await startTestServer({ dataDir })
  data = dataClient(server)
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  identity = { certificatePem: made.certificatePem!, privateKeyPem: made.keyPair!.PrivateKey! }
  certificateId = made.certificateId!
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
  })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'lamps', target: made.certificateArn! }))
  await server.iot.send(new CreateThingCommand({ thingName: 'lamp' }))
  const principal = made.certificateArn!
  await server.iot.send(new AttachThingPrincipalCommand({ thingName: 'lamp', principal }))
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true })
})

function dataClient({ endpoints, rootKey }: TestServer): IoTDataPlaneClient {
  const { apiUrl: endpoint, region } = endpoints
  return new IoTDataPlaneClient({ endpoint, region, credentials: rootKey, maxAttempts: 1 })
}

const connectLamp = (mqtt: NonNullable<Parameters<typeof connectDevice>[1]['mqtt']> = {}) =>
  connectDevice(server, { ...identity, clientId: 'lamp', mqtt })
const connectivity = () => server.iot.send(new GetThingConnectivityDataCommand({ thingName: 'lamp' }))

describe('DeleteConnection', () => {
  const will = { topic: 'last/words', payload: Buffer.from('bye'), qos: 1, retain: false } as const

  it.each([
    ['publishes the will', {}, 1],
    ['keeps the will back when it is told to', { preventWillMessage: true }, 0],
  ])('ends the connection and %s', async (_what, input, wills) => {
    await using operator = await listen(server, '#')
    const client = await connectLamp({ will })
    await data.send(new DeleteConnectionCommand({ clientId: 'lamp', ...input }))
    await closed(client)
    await operator.client.publishAsync('done', '', { qos: 1 })
    const messages = await operator.atLeast(wills + 1)
    expect(messages.map(({ topic }) => topic)).toEqual([...Array<string>(wills).fill('last/words'), 'done'])
    const { entries } = await server.report('lamp')
    expect(entries.at(-1)?.code).toBe('connection-deleted')
  })

  it.skipIf(lacks('aws'))('is what `aws iot-data delete-connection` asks for', async ({ skip }) => {
    await using operator = await listen(server, 'last/words')
    const { endpoints, rootKey } = server
    using shell = openShell({
      AWS_ENDPOINT_URL: endpoints.apiUrl,
      AWS_DEFAULT_REGION: endpoints.region,
      AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
    })
    const { output } = await shell.run('aws iot-data delete-connection')
    skip(output.includes('Invalid choice'), 'this aws is older than the operation')
    const client = await connectLamp({ will })
    await shell.expect('aws iot-data delete-connection --client-id lamp --prevent-will-message')
    await closed(client)
    await operator.client.publishAsync('last/words', 'of another', { qos: 1 })
    const [first] = await operator.atLeast(1)
    expect(first?.payload.toString()).toBe('of another')
    const again = await shell.run('aws iot-data delete-connection --client-id lamp')
    expect(again.output).toContain('ResourceNotFoundException')
  })

  it('ends the session too when it is told to', async () => {
    const client = await connectLamp({ clean: false })
    await client.subscribeAsync('a/#')
    await data.send(new DeleteConnectionCommand({ clientId: 'lamp', cleanSession: true }))
    await closed(client)
    const list = data.send(new ListSubscriptionsCommand({ clientId: 'lamp' }))
    await expect(list).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('refuses a client that is not connected', async () => {
    await expect(data.send(new DeleteConnectionCommand({ clientId: 'lamp' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    })
  })
})

it('describes a connection while it lasts, and how it ended', async () => {
  const client = await connectLamp({ keepalive: 77 })
  const input = { clientId: 'lamp', includeSocketInformation: true }
  const connected = await data.send(new GetConnectionCommand(input))
  expect(connected).toMatchObject({
    connected: true,
    thingName: 'lamp',
    cleanSession: true,
    keepAliveDuration: 77,
    sourceIp: '127.0.0.1',
  })
  expect(Date.now() - connected.connectedSince!).toBeLessThan(60_000)
  await data.send(new DeleteConnectionCommand({ clientId: 'lamp' }))
  await closed(client)
  expect(await data.send(new GetConnectionCommand({ clientId: 'lamp' }))).toMatchObject({
    connected: false,
    disconnectReason: 'API_INITIATED_DISCONNECT',
  })
  await expect(data.send(new GetConnectionCommand({ clientId: 'stove' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  })
})

it('lists the subscriptions of a client, also of one that is away', async () => {
  const client = await connectLamp({ clean: false })
  await client.subscribeAsync({ 'a/#': { qos: 1 }, b: { qos: 0 } })
  await client.endAsync()
  const { subscriptions } = await data.send(new ListSubscriptionsCommand({ clientId: 'lamp' }))
  expect(subscriptions).toEqual([
    { topicFilter: 'a/#', qos: 1 },
    { topicFilter: 'b', qos: 0 },
  ])
})

describe('GetThingConnectivityData', () => {
  it('follows the thing, and knows after a restart how it left', async () => {
    expect(await connectivity()).toMatchObject({ thingName: 'lamp', connected: false })
    const client = await connectLamp()
    expect(await connectivity()).toMatchObject({
      connected: true,
      clientId: 'lamp',
      disconnectReason: 'NONE',
    })
    client.stream.destroy()
    await closed(client)
    const left = { connected: false, clientId: 'lamp', disconnectReason: 'CONNECTION_LOST' }
    await expect.poll(connectivity).toMatchObject(left)
    const { timestamp } = await connectivity()
    await server[Symbol.asyncDispose]()
    server = await startTestServer({ dataDir })
    expect(await connectivity()).toMatchObject({ ...left, timestamp })
  })

  it('refuses a thing that does not exist', async () => {
    const asked = server.iot.send(new GetThingConnectivityDataCommand({ thingName: 'stove' }))
    await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe.skipIf(lacks('mosquitto_sub'))('presence events', () => {
  it('reach mosquitto_sub', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'muster-presence-'))
    writeFileSync(join(directory, 'device.pem'), identity.certificatePem)
    writeFileSync(join(directory, 'device.key'), identity.privateKeyPem)
    const { endpoint, mqttPort, rootCaFile } = server.endpoints
    const names = ['connected', 'disconnected'].flatMap((name) => ['-t', `$aws/events/presence/${name}/lamp`])
    const tls = ['--cafile', rootCaFile, '--cert', 'device.pem', '--key', 'device.key']
    const where = ['-h', endpoint, '-p', String(mqttPort), '-i', 'watcher']
    await using operator = await listen(server, '$aws/events/subscriptions/subscribed/watcher')
    const watcher = spawn('mosquitto_sub', [...where, ...tls, '-q', '1', '-C', '2', ...names], {
      cwd: directory,
    })
    let output = ''
    watcher.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await operator.atLeast(1)
    const client = await connectLamp()
    await client.endAsync()
    await once(watcher, 'close')
    rmSync(directory, { recursive: true })
    const events = output.trim().split('\n')
    expect(events.map((line) => JSON.parse(line) as object)).toMatchObject([
      { clientId: 'lamp', eventType: 'connected', principalIdentifier: certificateId, versionNumber: 0 },
      { clientId: 'lamp', eventType: 'disconnected', disconnectReason: 'CLIENT_INITIATED_DISCONNECT' },
    ])
  })
})
