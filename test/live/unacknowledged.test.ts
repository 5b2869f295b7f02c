/** QoS 1 that a client holds back its acknowledgement of, as AWS's device SDK does when it is told to. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { iot, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterEach, expect, it } from 'vitest'
import { freshDirectory, startTestServer, type TestServer } from '../helpers/server.ts'

const dataDir = freshDirectory()
let server: TestServer
let client: mqtt5.Mqtt5Client
afterEach(async () => {
  const stopped = new Promise((resolve) => client.once('stopped', resolve))
  client.stop()
  await stopped
  client.close()
  await server[Symbol.asyncDispose]()
  rmSync(dataDir, { recursive: true, force: true })
})

async function connect(): Promise<void> {
  const limits = join(freshDirectory(), 'limits.json')
  writeFileSync(limits, JSON.stringify({ retryAfterMs: 1000 }))
  server = await startTestServer({ dataDir, limits })
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const statement = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'all', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'all', target: made.certificateArn! }))
  const builder = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
    server.endpoints.endpoint,
    made.certificatePem!,
    made.keyPair!.PrivateKey!,
  )
  builder.withPort(server.endpoints.mqttPort).withCertificateAuthority(server.rootCa)
  builder.withConnectProperties({ clientId: 'sdk', keepAliveIntervalSeconds: 60 })
  client = new mqtt5.Mqtt5Client(builder.build())
  client.start()
  await client.subscribe({ subscriptions: [{ topicFilter: 'a/#', qos: mqtt5.QoS.AtLeastOnce }] })
}

const publish = (topicName: string) => client.publish({ topicName, qos: mqtt5.QoS.AtLeastOnce, payload: 'x' })

/** Topics of what came, in order. The acknowledgement of `a/held` is held back until it came so often. */
function receive(times: number): string[] {
  const topics: string[] = []
  client.on('messageReceived', ({ message, acknowledgementControl }) => {
    topics.push(message.topicName)
    if (message.topicName !== 'a/held') return
    const handle = acknowledgementControl?.acquireHandle()
    if (topics.filter((topic) => topic === 'a/held').length >= times) handle?.invokeAcknowledgement()
  })
  return topics
}

const count = (topics: string[], topic: string) => topics.filter((one) => one === topic).length

it('is sent again on the same connection until it is acknowledged', async () => {
  await connect()
  const topics = receive(3)
  await publish('a/held')
  await publish('a/acknowledged')
  await expect.poll(() => count(topics, 'a/held')).toBe(3)
  await publish('a/held-no-more')
  await expect.poll(() => count(topics, 'a/held-no-more')).toBe(1)
  expect(count(topics, 'a/acknowledged')).toBe(1)
}, 120_000)
