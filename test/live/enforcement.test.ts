/** What is changed through the API bites clients that are connected, before the call is answered. */
import {
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  DeletePolicyVersionCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  RemoveThingFromThingGroupCommand,
  SetDefaultPolicyVersionCommand,
  UpdateCACertificateCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closed, connectDevice, connectOperator } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server[Symbol.asyncDispose]())

const statement = (action: string | string[], resource = '*') => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
})
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const everything = document(statement('iot:*'))

interface Lamp {
  certificateId: string
  certificateArn: string
  connect: (clientId?: string) => Promise<MqttClient>
}

/** A certificate with the policy `lamps`. */
async function makeLamp(policyDocument = everything): Promise<Lamp> {
  const made = await server.iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  const certificateArn = made.certificateArn!
  await server.iot.send(new CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  await server.iot.send(new AttachPolicyCommand({ policyName: 'lamps', target: certificateArn }))
  const identity = { certificatePem: made.certificatePem!, privateKeyPem: made.keyPair!.PrivateKey! }
  return {
    certificateId: made.certificateId!,
    certificateArn,
    connect: (clientId = 'lamp') => connectDevice(server, { ...identity, clientId }),
  }
}

const newDefaultVersion = (policyDocument: string) =>
  server.iot.send(new CreatePolicyVersionCommand({ policyName: 'lamps', policyDocument, setAsDefault: true }))
const codesOf = async (subject: string) => (await server.report(subject)).entries.map(({ code }) => code)

/** Ends as soon as the server's end is seen; a client that stays makes the test time out. */
async function expectClosed(client: MqttClient, { certificateId }: Lamp, code: string) {
  await closed(client)
  expect((await codesOf(certificateId)).at(-1)).toBe(code)
}

async function expectStays(client: MqttClient) {
  await client.publishAsync('still/here', '', { qos: 1 })
  await client.endAsync()
}

describe('a connected client is ended', () => {
  it.each<[string, (lamp: Lamp) => Promise<unknown>, string]>([
    [
      'when its policy is detached',
      ({ certificateArn: target }) =>
        server.iot.send(new DetachPolicyCommand({ policyName: 'lamps', target })),
      'connect-no-longer-allowed',
    ],
    [
      'when a new default version lets it connect no more',
      () => newDefaultVersion(document(statement(['iot:Publish', 'iot:Subscribe', 'iot:Receive']))),
      'connect-no-longer-allowed',
    ],
    [
      'when a second policy denies it',
      async ({ certificateArn: target }) => {
        const denial = document({ ...statement('iot:Connect'), Effect: 'Deny' })
        await server.iot.send(new CreatePolicyCommand({ policyName: 'no', policyDocument: denial }))
        await server.iot.send(new AttachPolicyCommand({ policyName: 'no', target }))
      },
      'connect-no-longer-allowed',
    ],
    [
      'when its certificate is deactivated',
      ({ certificateId }) =>
        server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' })),
      'certificate-inactive',
    ],
    [
      'when its certificate is revoked',
      ({ certificateId }) =>
        server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' })),
      'certificate-revoked',
    ],
  ])('%s', async (_what, act, code) => {
    const lamp = await makeLamp()
    const client = await lamp.connect()
    await act(lamp)
    await expectClosed(client, lamp, code)
    await expect(lamp.connect()).rejects.toThrow('closed')
  })

  it('when the version it lived by is no longer the default, and may come back when it is again', async () => {
    const lamp = await makeLamp()
    const client = await lamp.connect()
    await newDefaultVersion(document(statement('iot:Publish')))
    await closed(client)
    await server.iot.send(new SetDefaultPolicyVersionCommand({ policyName: 'lamps', policyVersionId: '1' }))
    await server.iot.send(new DeletePolicyVersionCommand({ policyName: 'lamps', policyVersionId: '2' }))
    await expectStays(await lamp.connect())
  })

  it('when its policy asks for the thing and the thing is detached', async () => {
    const own = 'arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}'
    const lamp = await makeLamp(document(statement('iot:Connect', own)))
    const attachment = { thingName: 'lamp', principal: lamp.certificateArn }
    await server.iot.send(new CreateThingCommand({ thingName: 'lamp' }))
    await server.iot.send(new AttachThingPrincipalCommand(attachment))
    const client = await lamp.connect()
    await server.iot.send(new DetachThingPrincipalCommand(attachment))
    await expectClosed(client, lamp, 'connect-no-longer-allowed')
  })

  it('when the group whose policy let it in is left', async () => {
    const lamp = await makeLamp(document(statement('iot:Publish')))
    const membership = { thingName: 'lamp', thingGroupName: 'lamps' }
    await server.iot.send(new CreateThingCommand({ thingName: 'lamp' }))
    await server.iot.send(
      new AttachThingPrincipalCommand({ thingName: 'lamp', principal: lamp.certificateArn }),
    )
    const { thingGroupArn } = await server.iot.send(new CreateThingGroupCommand({ thingGroupName: 'lamps' }))
    await server.iot.send(new CreatePolicyCommand({ policyName: 'group', policyDocument: everything }))
    await server.iot.send(new AttachPolicyCommand({ policyName: 'group', target: thingGroupArn! }))
    await expect(lamp.connect()).rejects.toThrow('closed')
    await server.iot.send(new AddThingToThingGroupCommand(membership))
    const client = await lamp.connect()
    await server.iot.send(new RemoveThingFromThingGroupCommand(membership))
    await expectClosed(client, lamp, 'connect-no-longer-allowed')
  })
})

describe('a connected client stays', () => {
  it('when what it was granted is granted otherwise', async () => {
    const lamp = await makeLamp()
    const client = await lamp.connect()
    await newDefaultVersion(document(statement('iot:Connect', '*'), statement('iot:Publish', '*')))
    await expectStays(client)
  })

  it('when another client loses its rights', async () => {
    const lamp = await makeLamp()
    const other = await connectOperator(server)
    const client = await lamp.connect()
    await server.iot.send(new DetachPolicyCommand({ policyName: 'lamps', target: lamp.certificateArn }))
    await closed(client)
    await expectStays(other)
  })

  it('when the CA that brought it in is deactivated', async () => {
    const roleArn = await createProvisioningRole(server)
    const templateBody = provisioningTemplate({ statements: [statement('iot:*')] })
    const ca = await registerCa(server, { registrationConfig: { roleArn, templateBody } })
    const subject = [
      ['C', 'NL'],
      ['CN', 'lamp'],
    ] as const
    const device = ca.issue({ subject })
    const client = await connectDevice(server, { ...device, clientId: 'lamp' })
    await server.iot.send(
      new UpdateCACertificateCommand({ certificateId: ca.caCertificateId, newStatus: 'INACTIVE' }),
    )
    await expectStays(client)
  })
})

it('takes away the subscription that is no longer allowed, and no other', async () => {
  const lamp = await makeLamp()
  const client = await lamp.connect()
  const heard: string[] = []
  client.on('message', (topic) => heard.push(topic))
  await client.subscribeAsync(['kept/#', 'lost/#'])
  await newDefaultVersion(
    document(
      statement(['iot:Connect', 'iot:Publish', 'iot:Receive']),
      statement('iot:Subscribe', 'arn:aws:iot:*:*:topicfilter/kept/*'),
    ),
  )
  await client.publishAsync('lost/a', 'x', { qos: 1 })
  await client.publishAsync('kept/a', 'x', { qos: 1 })
  await expectStays(client)
  expect(heard).toEqual(['kept/a'])
  const { entries } = await server.report(lamp.certificateId)
  const taken = entries.filter(({ code }) => code === 'subscription-no-longer-allowed')
  expect(taken).toMatchObject([{ details: { action: 'iot:Subscribe' } }])
})
