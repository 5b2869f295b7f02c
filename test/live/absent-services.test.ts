/** Services that are not offered, as AWS's device SDK meets them: it hears no, and need not wait for its time-out. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import {
  AttachPolicyCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
} from '@aws-sdk/client-iot'
import { iot, iotjobs, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { absentServices } from '../../src/gateway/absent-services/services.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let client: mqtt5.Mqtt5Client
let certificateId: string
let identity: { certificatePem: string; privateKeyPem: string }
beforeEach(async () => {
  server = await startTestServer()
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const statement = { Effect: 'Allow', Action: 'iot:*', Resource: '*' }
  const policyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await server.iot.send(new CreatePolicyCommand({ policyName: 'all', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'all', target: made.certificateArn! }))
  certificateId = made.certificateId!
  identity = { certificatePem: made.certificatePem!, privateKeyPem: made.keyPair!.PrivateKey! }
  const builder = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
    server.endpoints.endpoint,
    made.certificatePem!,
    made.keyPair!.PrivateKey!,
  )
  builder.withPort(server.endpoints.mqttPort).withCertificateAuthority(server.rootCa)
  builder.withConnectProperties({ clientId: 'sdk', keepAliveIntervalSeconds: 60 })
  client = new mqtt5.Mqtt5Client(builder.build())
  client.start()
})
afterEach(async () => {
  const stopped = new Promise((resolve) => client.once('stopped', resolve))
  client.stop()
  await stopped
  client.close()
  await server[Symbol.asyncDispose]()
})

const patient = {
  maxRequestResponseSubscriptions: 6,
  maxStreamingSubscriptions: 2,
  operationTimeoutInSeconds: 600, // longer than the test may take
}

it('Jobs reject at once, and explain says so', async () => {
  const jobs = iotjobs.IotJobsClientv2.newFromMqtt5(client, patient)
  await expect(jobs.getPendingJobExecutions({ thingName: 'sdk' })).rejects.toMatchObject({
    modeledError: { code: 'InvalidTopic', message: 'Muster does not offer Jobs' },
  })
  await expect(jobs.startNextPendingJobExecution({ thingName: 'sdk' })).rejects.toMatchObject({
    modeledError: { code: 'InvalidTopic' },
  })
  jobs.close()
  const { entries } = await server.report('sdk')
  expect(
    entries.filter(({ code }) => code === 'service-not-offered').map(({ details }) => details?.['service']),
  ).toEqual(['Jobs', 'Jobs'])
})

const requests = absentServices.flatMap(({ name, filters, rejectedOn }) =>
  filters.map((filter) => {
    const topic = filter.replace(/\+$/, 'json').replaceAll('+', 'x')
    return { name, topic, rejected: rejectedOn(topic) }
  }),
)

it.each(requests)('a device hears on $rejected that there is no $name', async ({ name, topic, rejected }) => {
  const device = await connectDevice(server, { ...identity, clientId: 'device' })
  const heard: string[] = []
  device.on('message', (_topic, payload) => void heard.push(String(payload)))
  const [granted] = await device.subscribeAsync(rejected, { qos: 1 })
  expect(granted?.qos).toBe(1)
  await device.publishAsync(topic, '{}', { qos: 1 })
  await expect.poll(() => heard).toEqual([expect.stringContaining(`Muster does not offer ${name}`)])
  await device.endAsync()
})

it.each([
  ['GET', '/things/lamp/jobs', 'Jobs'],
  ['PUT', '/things/lamp/jobs/%24next', 'Jobs'],
  ['POST', '/things/lamp/jobs/job-1?namespaceId=x', 'Jobs'],
  ['GET', '/greengrass/discover/thing/lamp', 'Greengrass discovery'],
])('a device hears over HTTPS, %s %s, that there is no %s', async (method, path, name) => {
  const { status, body } = await askOverHttps(method, path)
  expect({ status, body }).toEqual({
    status: 501,
    body: expect.stringContaining(`Muster does not offer ${name}`),
  })
  await expect
    .poll(async () => (await server.report(certificateId)).entries.map(({ code }) => code))
    .toContain('service-not-offered')
})

async function askOverHttps(method: string, path: string): Promise<{ status: number; body: string }> {
  const asked = request({
    method,
    path,
    host: server.endpoints.endpoint,
    port: server.endpoints.httpsPort,
    ca: server.rootCa,
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    agent: false,
  })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, body: await text(response) }
}
