/** Provisioning by trusted user. Source: AWS IoT API Reference, "CreateProvisioningClaim". */
import { X509Certificate } from 'node:crypto'
import {
  CreateProvisioningClaimCommand,
  DeleteProvisioningTemplateCommand,
  ListCertificatesCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, createFleetTemplate, createTopic, provisionTopic, templateName } from '../helpers/claims.ts'
import { closed, connectDevice, type DeviceOptions } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await createFleetTemplate(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const create = (name = templateName) =>
  server.iot.send(new CreateProvisioningClaimCommand({ templateName: name }))

/** As the device that the user handed the claim to. */
const connect = (
  { certificatePem, keyPair }: Awaited<ReturnType<typeof create>>,
  more: Partial<DeviceOptions> = {},
): Promise<MqttClient> =>
  connectDevice(server, {
    certificatePem: certificatePem!,
    privateKeyPem: keyPair!.PrivateKey!,
    clientId: 'new',
    ...more,
  })

it('gives out a claim of five minutes that is not listed, and lets a device be provisioned', async () => {
  const before = Date.now()
  const claim = await create()
  const certificate = new X509Certificate(claim.certificatePem!)
  expect(new Date(certificate.validTo)).toEqual(claim.expiration)
  const lasts = claim.expiration!.getTime() - before
  expect(lasts).toBeGreaterThan(5 * 60_000 - 1000)
  expect(lasts).toBeLessThan(5 * 60_000 + 110_000) // a slow machine included
  expect((await server.iot.send(new ListCertificatesCommand({}))).certificates).toEqual([])

  const client = await connect(claim)
  const { answer } = await ask(client, createTopic)
  const { certificateOwnershipToken, certificateId } = answer
  const document = { certificateOwnershipToken, parameters: { SerialNumber: '7' } }
  expect(await ask(client, provisionTopic, document)).toMatchObject({ outcome: 'accepted' })
  await client.endAsync()
  const { certificates } = await server.iot.send(new ListCertificatesCommand({}))
  expect(certificates!.map((one) => one.certificateId)).toEqual([certificateId])
  const { entries } = await server.report(claim.certificateId!)
  expect(entries.map(({ code }) => code)).toContain('claim-created')
})

it.each([
  'lamps/7',
  '$aws/things/lamp-7/shadow/update',
  '$aws/provisioning-templates/other/provision/json',
  '$aws/certificates/create/json/accepted',
])('a claim may not publish to %s', async (topic) => {
  const client = await connect(await create(), { protocolVersion: 5 })
  const publication = client.publishAsync(topic, '{}', { qos: 1 })
  await expect(publication).rejects.toThrow(/Not authorized|Topic Name invalid/)
  await client.endAsync(true)
})

it.each([
  '#',
  'lamps/7',
  '$aws/things/+/shadow/#',
  '$aws/provisioning-templates/other/provision/json/accepted',
])('a claim may not subscribe to %s', async (filter) => {
  const client = await connect(await create(), { protocolVersion: 5 })
  const granted = await client.subscribeAsync(filter).catch(() => [])
  expect(granted.filter(({ qos }) => qos < 0x80)).toEqual([])
  await client.endAsync(true)
})

it('a claim that is taken away ends the connection of who has it', async () => {
  const claim = await create()
  const client = await connect(claim)
  const ended = closed(client)
  const { certificateId } = claim
  await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }))
  await ended
  await expect(connect(claim)).rejects.toThrow('closed')
})

it('gives out no claim for a template that is not there, is gone, or of type JITP', async () => {
  await expect(create('absent')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  const templateBody = JSON.stringify({
    Parameters: { 'AWS::IoT::Certificate::Id': { Type: 'String' } },
    Resources: {
      certificate: {
        Type: 'AWS::IoT::Certificate',
        Properties: { CertificateId: { Ref: 'AWS::IoT::Certificate::Id' }, Status: 'ACTIVE' },
      },
    },
  })
  const provisioningRoleArn = `arn:aws:iam::${server.endpoints.accountId}:role/Provisioning`
  await createFleetTemplate(server, { templateName: 'jitp', type: 'JITP', templateBody, provisioningRoleArn })
  await expect(create('jitp')).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await server.iot.send(new DeleteProvisioningTemplateCommand({ templateName }))
  await expect(create()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})
