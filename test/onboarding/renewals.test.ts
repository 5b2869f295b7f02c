/** A device with a renewed certificate over real TLS, with the SDK beside it. */
import {
  DescribeCertificateCommand,
  ListPrincipalPoliciesCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closed, connectDevice } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({}, { renewalOverlapSeconds: 0 })
})
afterAll(() => server[Symbol.asyncDispose]())

const arnOf = (id: string) => `arn:aws:iot:us-east-1:${server.endpoints.accountId}:cert/${id}`
const statusOf = async (certificateId: string) =>
  (await server.iot.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status

it('a renewed certificate of a new CA has the thing at its first connection, and ends what the old one had open', async () => {
  const roleArn = await createProvisioningRole(server)
  const registrationConfig = { roleArn, templateBody: provisioningTemplate() }
  const before = await registerCa(server, { registrationConfig }, { subject: 'CN=Before' })
  const tags = [{ Key: 'muster:identity', Value: 'key' }]
  const next = await registerCa(server, { tags }, { subject: 'CN=Next' })
  const subject = 'C=NL,CN=lamp-1'
  const old = before.issue({ subject })
  const client = await connectDevice(server, { ...old, clientId: 'lamp-1-old' })
  const ended = closed(client)

  const renewed = next.issue({ subject, key: old.key })
  const device = await connectDevice(server, { ...renewed, clientId: 'lamp-1' })
  await device.publishAsync('foo/bar', 'on', { qos: 1 })
  await ended
  await device.endAsync()

  const principal = arnOf(renewed.certificateId)
  const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName: 'lamp-1' }))
  expect(principals).toEqual([principal])
  const { policies } = await server.iot.send(new ListPrincipalPoliciesCommand({ principal }))
  expect(policies?.length).toBe(1)
  expect([await statusOf(old.certificateId), await statusOf(renewed.certificateId)]).toEqual([
    'INACTIVE',
    'ACTIVE',
  ])
  const { entries } = await server.report('lamp-1')
  expect(entries.map(({ code }) => code)).toContain('certificate-renewed')
  await expect(connectDevice(server, old)).rejects.toThrow('closed')
})
