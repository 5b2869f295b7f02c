/** AWS's own identity clients for fleet provisioning, with keys and with a CSR, over both versions of MQTT. */
import { once } from 'node:events'
import { ListThingPrincipalsCommand } from '@aws-sdk/client-iot'
import { iot, iotidentity, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCsr } from '../helpers/certificates.ts'
import { createClaim, createFleetTemplate, templateName, type Claim } from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let claim: Claim
beforeEach(async () => {
  server = await startTestServer()
  await createFleetTemplate(server)
  claim = await createClaim(server)
})
afterEach(() => server[Symbol.asyncDispose]())

const patient = {
  maxRequestResponseSubscriptions: 6,
  maxStreamingSubscriptions: 2,
  operationTimeoutInSeconds: 600, // longer than the test may take
}

interface Opened {
  identity: iotidentity.IotIdentityClientv2
  end: () => Promise<void>
}

async function open5(): Promise<Opened> {
  const builder = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
    server.endpoints.endpoint,
    claim.certificatePem,
    claim.privateKeyPem,
  )
  builder.withPort(server.endpoints.mqttPort).withCertificateAuthority(server.rootCa)
  builder.withConnectProperties({ clientId: 'new', keepAliveIntervalSeconds: 60 })
  const client = new mqtt5.Mqtt5Client(builder.build())
  client.start()
  const identity = iotidentity.IotIdentityClientv2.newFromMqtt5(client, patient)
  return {
    identity,
    async end() {
      identity.close()
      const stopped = once(client, 'stopped')
      client.stop()
      await stopped
      client.close()
    },
  }
}

async function open311(): Promise<Opened> {
  const builder = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(
    claim.certificatePem,
    claim.privateKeyPem,
  )
  builder.with_endpoint(server.endpoints.endpoint).with_port(server.endpoints.mqttPort)
  builder.with_certificate_authority(server.rootCa).with_client_id('new').with_clean_session(true)
  const connection = new mqtt.MqttClient().new_connection(builder.build())
  await connection.connect()
  const identity = iotidentity.IotIdentityClientv2.newFromMqtt311(connection, patient)
  return {
    identity,
    async end() {
      identity.close()
      await connection.disconnect()
    },
  }
}

it.each([
  ['MQTT 3.1.1', open311],
  ['MQTT 5', open5],
])('a device gets its keys, its thing, and in: %s', async (_, open) => {
  const { identity, end } = await open()
  const issued = await identity.createKeysAndCertificate({})
  const { certificateOwnershipToken } = issued
  const made = await identity.registerThing({
    templateName,
    certificateOwnershipToken: certificateOwnershipToken!,
    parameters: { SerialNumber: '1' },
  })
  expect(made).toEqual({
    thingName: 'lamp-1',
    deviceConfiguration: { FallbackUrl: 'https://www.example.com/lamps' },
  })
  await end()
  const own = { certificatePem: issued.certificatePem!, privateKeyPem: issued.privateKey! }
  const device = await connectDevice(server, { ...own, clientId: 'lamp-1' })
  await device.endAsync()
})

it.each([
  ['MQTT 3.1.1', open311],
  ['MQTT 5', open5],
])('a device keeps its own key, and sends a CSR: %s', async (_, open) => {
  const { identity, end } = await open()
  const { csrPem, privateKeyPem } = makeCsr({ subject: 'CN=lamp', keyType: 'P-256' })
  const issued = await identity.createCertificateFromCsr({ certificateSigningRequest: csrPem })
  const { certificateOwnershipToken } = issued
  await identity.registerThing({
    templateName,
    certificateOwnershipToken: certificateOwnershipToken!,
    parameters: { SerialNumber: '2' },
  })
  await end()
  const own = { certificatePem: issued.certificatePem!, privateKeyPem }
  const device = await connectDevice(server, { ...own, clientId: 'lamp-2' })
  await device.endAsync()
  const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName: 'lamp-2' }))
  expect(principals).toEqual([expect.stringContaining(issued.certificateId!)])
})

it.each([
  ['MQTT 3.1.1', open311],
  ['MQTT 5', open5],
])('a refusal comes as the error that the SDK models: %s', async (_, open) => {
  const { identity, end } = await open()
  const refused = identity.registerThing({ templateName, certificateOwnershipToken: 'guessed' })
  await expect(refused).rejects.toMatchObject({
    modeledError: { statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' },
  })
  const csr = identity.createCertificateFromCsr({ certificateSigningRequest: 'none' })
  await expect(csr).rejects.toMatchObject({ modeledError: { errorCode: 'InvalidCertificateSigningRequest' } })
  await end()
})
