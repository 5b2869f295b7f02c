/** A subscriber that falls behind, as its publishers and the operator see it. */
import { writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { IoTDataPlaneClient, PublishCommand, UpdateThingShadowCommand } from '@aws-sdk/client-iot-data-plane'
import type { MqttClient } from 'mqtt'
import type { IPublishPacket } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { renderReport } from '../../src/observability/journal/index.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { targetOf } from '../../src/cli/running-server.ts'
import { connectDevice } from '../helpers/device.ts'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'
import { LightClient } from './light-client.ts'

let server: TestServer
let identity: { certificatePem: string; privateKeyPem: string }
let dataDir: string

beforeEach(() => {
  dataDir = freshDirectory()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

/** A client is away for whom more has been published than may wait. */
async function start(sessionQueueFull: string): Promise<void> {
  const limits = join(freshDirectory(), 'limits.json')
  writeFileSync(limits, JSON.stringify({ maxStoredMessages: 2, maxConnectsPerSecondOfClientId: 0 }))
  server = await startTestServer({ dataDir, sessionQueueFull, limits })
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  identity = { certificatePem: made.certificatePem!, privateKeyPem: made.keyPair!.PrivateKey! }
  const statement = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'all', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'all', target: made.certificateArn! }))
  const lamp = await connect('lamp', 4, false)
  await lamp.subscribeAsync(['a', '$aws/things/lamp/shadow/update/accepted'], { qos: 1 })
  await lamp.endAsync()
  const publisher = await connect('filler', 5)
  await publisher.publishAsync('a', '1', { qos: 1 })
  await publisher.publishAsync('a', '2', { qos: 1 })
  await publisher.endAsync()
}

const connect = (clientId: string, protocolVersion: 4 | 5, clean = true): Promise<MqttClient> =>
  connectDevice(server, { ...identity, clientId, protocolVersion, mqtt: { clean } })

const dataClient = () =>
  new IoTDataPlaneClient({
    endpoint: server.endpoints.apiUrl,
    region: server.endpoints.region,
    credentials: server.rootKey,
    maxAttempts: 1,
  })

/** That it comes, and can be acknowledged. */
async function expectWaiting(texts: string[]): Promise<void> {
  const { certificatePem: cert, privateKeyPem: key } = identity
  const secureContext = createSecureContext({ ca: server.rootCa, cert, key })
  const got: string[] = []
  const take = ({ payload, messageId = 0 }: IPublishPacket, client: LightClient) => {
    got.push(payload.toString())
    client.acknowledge(messageId)
  }
  const { client } = await LightClient.open({ port: server.endpoints.mqttPort, secureContext }, 'lamp', take)
  await expect.poll(() => got).toEqual(texts)
  client.destroy()
}

async function reportWith(code: string) {
  for (;;) {
    const report = await server.report('lamp')
    if (report.entries.some((entry) => entry.code === code)) return report
  }
}

describe('with --session-queue-full refuse', () => {
  it('tells the publisher as far as its protocol can, and nobody else fails', async () => {
    await start('refuse')
    const five = await connect('five', 5)
    await expect(five.publishAsync('a', 'x', { qos: 1 })).rejects.toMatchObject({ code: 0x97 })
    const four = await connect('four', 4)
    let isAcknowledged = false
    four.publish('a', 'x', { qos: 1 }, (error) => (isAcknowledged ||= !error))
    await four.publishAsync('b', 'x', { qos: 1 }) // behind it, and acknowledged
    expect(isAcknowledged).toBe(false)
    four.end(true)
    await expect(
      dataClient().send(new PublishCommand({ topic: 'a', qos: 1, payload: Buffer.from('x') })),
    ).rejects.toMatchObject({ name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } })
    const update = { thingName: 'lamp', payload: Buffer.from('{"state":{"desired":{"on":true}}}') }
    await dataClient().send(new UpdateThingShadowCommand(update)) // its documents find no room
    await expectWaiting(['1', '2'])
    const { entries, sessions } = await reportWith('messages-dropped')
    expect(sessions[0]).toMatchObject({ clientId: 'lamp', isPersistent: true, dropped: { refused: 4 } })
    expect(entries.find(({ code }) => code === 'messages-dropped')?.details?.['topic']).toBe('a')
    await five.endAsync()
  })
})

describe('with --session-queue-full drop-oldest', () => {
  it('shows what was lost in explain, in the metrics, by account and reason, and in the list of connections', async () => {
    await start('drop-oldest')
    const publisher = await connect('publisher', 4)
    for (const text of ['3', '4', '5']) await publisher.publishAsync('a', text, { qos: 1 })
    await publisher.endAsync()
    const report = await reportWith('messages-dropped')
    expect(renderReport(report)).toContain(
      'Session of lamp\n  state     persistent, away\n  queue     2 messages\n  dropped   3 queue-full\n',
    )
    const metrics = await (await fetch(`${server.endpoints.apiUrl}/metrics`)).text()
    expect(metrics).toContain('muster_messages_dropped_total{account="000000000000",reason="queue-full"} 3')
    expect(metrics).toContain('muster_session_messages_waiting 2\n')
    await expectWaiting(['4', '5'])
    const lamp = await connect('lamp', 4, false)
    const request = { service: 'muster', method: 'GET', path: '/muster/v1/connections' } as const
    expect(await signedRequest(targetOf(server), request)).toMatchObject({
      connections: [{ clientId: 'lamp', droppedMessages: 3 }],
    })
    await lamp.endAsync()
  })
})
