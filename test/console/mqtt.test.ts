/** MQTT of people who are signed in to the console. */
import { DeleteAccessKeyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  GetThingConnectivityDataCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { askForSocket, connectGuest } from './mqtt-guest.ts'
import { allow, createUser, type TestUser } from './users.ts'
import { Visitor } from './visitor.ts'

let server: TestServer
let visitor: Visitor
let devices = 0

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  visitor = new Visitor(server.endpoints.apiUrl)
})

const nextMessage = (client: MqttClient) =>
  new Promise<[topic: string, text: string]>((resolve) =>
    client.once('message', (topic, payload) => resolve([topic, String(payload)])),
  )

interface TestDevice {
  name: string
  certificateId: string
  certificateArn: string
  identity: { certificatePem: string; privateKeyPem: string; clientId: string }
}

/** May connect as itself, and do what `statements` say. */
async function createDevice(...statements: object[]): Promise<TestDevice> {
  const name = `lamp-${(devices += 1)}`
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const { certificateId = '', certificateArn = '', certificatePem = '', keyPair } = made
  await server.iot.send(new CreateThingCommand({ thingName: name }))
  await server.iot.send(new AttachThingPrincipalCommand({ thingName: name, principal: certificateArn }))
  const connect = {
    Effect: 'Allow',
    Action: 'iot:Connect',
    Resource: 'arn:aws:iot:us-east-1:000000000000:client/${iot:Connection.Thing.ThingName}',
  }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [connect, ...statements] })
  await server.iot.send(new CreatePolicyCommand({ policyName: name, policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: name, target: certificateArn }))
  const identity = { certificatePem, privateKeyPem: keyPair?.PrivateKey ?? '', clientId: name }
  return { name, certificateId, certificateArn, identity }
}

const topic = (kind: 'topic' | 'topicfilter', name: string) =>
  `arn:aws:iot:us-east-1:000000000000:${kind}/${name}`

async function signIn(actions: string[], resource: string | string[] = '*'): Promise<TestUser> {
  const user = await createUser(server, actions, resource)
  await visitor.signIn(user)
  return user
}

describe('a person at the console', () => {
  it('subscribes and publishes with their own rights', async () => {
    await signIn(['iot:*'])
    const { client, connack } = await connectGuest(visitor)
    expect(connack.properties?.assignedClientIdentifier).toMatch(/^iotconsole-[0-9a-f-]{36}$/)
    await client.subscribeAsync('hello/world')
    const message = nextMessage(client)
    await client.publishAsync('hello/world', 'hi', { qos: 1 })
    expect(await message).toEqual(['hello/world', 'hi'])
    await client.endAsync()
  })

  it('hears which statement would grant what was denied', async () => {
    await signIn(['iot:Connect', 'iot:Receive'])
    const { client, packets } = await connectGuest(visitor)
    await expect(client.subscribeAsync('a/b')).rejects.toThrow('Not authorized')
    const suggestion = JSON.stringify({
      Effect: 'Allow',
      Action: 'iot:Subscribe',
      Resource: topic('topicfilter', 'a/b'),
    })
    expect(packets.at(-1)).toMatchObject({
      cmd: 'suback',
      properties: { reasonString: expect.stringContaining('iot:Subscribe'), userProperties: { suggestion } },
    })
    await expect(client.publishAsync('a/b', 'x', { qos: 1 })).rejects.toThrow('Not authorized')
    expect(packets.at(-1)).toMatchObject({
      cmd: 'puback',
      properties: { userProperties: { suggestion: expect.stringContaining('iot:Publish') } },
    })
    await client.endAsync()
  })

  it('hears why CONNECT is denied', async () => {
    await signIn(['iot:Publish'])
    const { connack } = await connectGuest(visitor)
    expect(connack).toMatchObject({
      reasonCode: 0x87,
      properties: { userProperties: { suggestion: expect.stringContaining('"iot:Connect"') } },
    })
  })

  it('hears of a message that was kept from them', async () => {
    await signIn(['iot:Connect', 'iot:Subscribe', 'iot:Publish'])
    const { client } = await connectGuest(visitor)
    await client.subscribeAsync('secret/+')
    const message = nextMessage(client)
    await client.publishAsync('secret/plan', 'x', { qos: 1 })
    const [told, text] = await message
    expect(told).toBe('$muster/denied')
    expect(JSON.parse(text)).toMatchObject({ action: 'iot:Receive', resource: topic('topic', 'secret/plan') })
    await client.endAsync()
  })

  it.each([
    ['MQTT 3.1.1', { protocolVersion: 4, clean: false, clientId: 'x' }],
    ['MQTT 5', { properties: { sessionExpiryInterval: 60 } }],
  ] as const)('leaves no session behind: %s', async (_version, mqtt) => {
    await signIn(['iot:*'])
    const { connack } = await connectGuest(visitor, { mqtt })
    expect(connack.reasonCode ?? connack.returnCode).toBeGreaterThan(0)
  })

  it('takes nobody’s place, whatever client id they give', async () => {
    const lamp = await createDevice()
    const device = await connectDevice(server, lamp.identity)
    await signIn(['iot:*'])
    const guest = await connectGuest(visitor, { mqtt: { clientId: lamp.name } })
    expect(guest.connack.reasonCode).toBe(0)
    expect(device.connected).toBe(true)
    await device.publishAsync('still/here', 'x', { qos: 0 })
    await Promise.all([guest.client.endAsync(), device.endAsync()])
  })
})

describe('as a device', () => {
  it('a person has its policies and variables, beside it, and it is written down', async () => {
    const lamp = await createDevice(
      {
        Effect: 'Allow',
        Action: 'iot:Publish',
        Resource: topic('topic', 'lamps/${iot:Connection.Thing.ThingName}'),
      },
      { Effect: 'Allow', Action: 'iot:Subscribe', Resource: topic('topicfilter', '${iot:ClientId}/#') },
    )
    const device = await connectDevice(server, lamp.identity)
    const user = await signIn(['muster:ActAsDevice'], lamp.certificateArn)
    const { client, packets } = await connectGuest(visitor, {
      actAs: lamp.certificateId,
      mqtt: { clientId: lamp.name },
    })
    await client.subscribeAsync(`${lamp.name}/#`)
    await client.publishAsync(`lamps/${lamp.name}`, 'on', { qos: 1 })
    await expect(client.publishAsync('lamps/other', 'on', { qos: 1 })).rejects.toThrow('Not authorized')
    expect(packets.at(-1)).toMatchObject({
      properties: { userProperties: { decision: expect.stringContaining(lamp.name) } },
    })
    expect(device.connected).toBe(true)
    await client.endAsync()
    await device.endAsync()
    const { entries } = await server.report(lamp.certificateId)
    expect(entries).toContainEqual(
      expect.objectContaining({
        code: 'acted-as-device',
        details: { identity: expect.stringContaining(user.UserName) },
      }),
    )
    expect(entries.filter(({ code }) => code === 'publish-denied')).toEqual([])
  })

  it('a person does not count as the thing being connected', async () => {
    const lamp = await createDevice()
    await signIn(['muster:ActAsDevice'])
    const { client, connack } = await connectGuest(visitor, {
      actAs: lamp.certificateId,
      mqtt: { clientId: lamp.name },
    })
    expect(connack.reasonCode).toBe(0)
    const asked = new GetThingConnectivityDataCommand({ thingName: lamp.name })
    expect(await server.iot.send(asked)).toMatchObject({ connected: false })
    await client.endAsync()
  })

  it('nobody acts without the right to that very device', async () => {
    const [lamp, other] = [await createDevice(), await createDevice()]
    await signIn(['muster:ActAsDevice', 'iot:*'], other.certificateArn)
    expect(await askForSocket(visitor, { actAs: other.certificateId })).toBe(101)
    expect(await askForSocket(visitor, { actAs: lamp.certificateId })).toBe(403)
    const { status, body } = await visitor.call({ path: `/console/mqtt?actAs=${lamp.certificateId}` })
    expect({ status, body }).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining('muster:ActAsDevice') },
    })
    await expect
      .poll(async () => {
        const operator = new Visitor(visitor.origin)
        await operator.signIn(server.rootKey)
        const { body: refusals } = await operator.call({ path: '/muster/v1/refusals' })
        return refusals['entries']
      })
      .toContainEqual(expect.objectContaining({ code: 'act-as-device-refused' }))
  })

  it.each([
    ['that is not a certificate', 'lamp'],
    ['that is not registered', 'a'.repeat(64)],
  ])('nobody acts as one %s', async (_what, actAs) => {
    await signIn(['muster:ActAsDevice'])
    expect(await askForSocket(visitor, { actAs })).toBe(403)
    expect((await visitor.call({ path: `/console/mqtt?actAs=${actAs}` })).status).toBe(400)
  })

  it('a person is ended with the certificate, which nobody acts as then', async () => {
    const { certificateId, name } = await createDevice()
    await signIn(['muster:ActAsDevice'])
    const guest = await connectGuest(visitor, { actAs: certificateId, mqtt: { clientId: name } })
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
    expect(await guest.closed).toBe(true)
    expect(await askForSocket(visitor, { actAs: certificateId })).toBe(403)
  })

  it('a person is ended with the right to be it', async () => {
    const { certificateId, name } = await createDevice()
    const { UserName } = await signIn(['muster:ActAsDevice'])
    const guest = await connectGuest(visitor, { actAs: certificateId, mqtt: { clientId: name } })
    await allow(server, UserName, { Effect: 'Allow', Action: 'iot:*', Resource: '*' })
    expect(await guest.closed).toBe(true)
  })
})

describe('a WebSocket is refused', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['across sites', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['without a word of where it comes from', { origin: undefined }],
    ['from a site beside this one', { 'sec-fetch-site': 'same-site' }],
    ['without a cookie', { cookie: undefined }],
    ['with a cookie that nobody was given', { cookie: `muster-loopback=${'x'.repeat(43)}` }],
    [
      'under a name that does not mean this machine',
      { host: 'rebound.example', origin: 'http://rebound.example' },
    ],
  ])('%s', async (_how, headers) => {
    await visitor.signIn(server.rootKey)
    expect(await askForSocket(visitor, { headers })).toBe(403)
    expect(await askForSocket(visitor)).toBe(101)
  })

  it('where there is no console', async () => {
    await using bare = await startTestServer({ console: 'off' })
    expect(await askForSocket(new Visitor(bare.endpoints.apiUrl))).toBe(404)
  })
})

describe('an open WebSocket ends', () => {
  it.each<[string, (key: { UserName: string; AccessKeyId: string }) => Promise<unknown>]>([
    ['is deactivated', (key) => server.iam.send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }))],
    ['is deleted', (key) => server.iam.send(new DeleteAccessKeyCommand(key))],
    ['signs out', () => visitor.call({ method: 'DELETE', path: '/console/session' })],
  ])('when its key %s', async (_how, end) => {
    const { UserName, accessKeyId } = await signIn(['iot:*'])
    const guest = await connectGuest(visitor)
    expect(guest.connack.reasonCode).toBe(0)
    await end({ UserName, AccessKeyId: accessKeyId })
    expect(await guest.closed).toBe(true)
  })
})
