/** Propagating attributes of thing types, as subscribers and rules get them. */
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  CreateThingTypeCommand,
  CreateTopicRuleCommand,
} from '@aws-sdk/client-iot'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectDevice } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

const allowing = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] })

async function makeDevice() {
  const { iot } = server
  const { certificateArn, certificatePem, keyPair } = await iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  )
  await iot.send(new CreatePolicyCommand({ policyName: 'all', policyDocument: allowing('iot:*') }))
  await iot.send(new AttachPolicyCommand({ policyName: 'all', target: certificateArn! }))
  const propagatingAttributes = [
    { userPropertyKey: 'environment', thingAttribute: 'environment' },
    { userPropertyKey: 'from', connectionAttribute: 'iot:Thing.ThingName' },
  ]
  const thingTypeProperties = { mqtt5Configuration: { propagatingAttributes } }
  await iot.send(new CreateThingTypeCommand({ thingTypeName: 'Aircon', thingTypeProperties }))
  const attributePayload = { attributes: { environment: 'prod' } }
  await iot.send(new CreateThingCommand({ thingName: 'aircon', thingTypeName: 'Aircon', attributePayload }))
  await iot.send(new AttachThingPrincipalCommand({ thingName: 'aircon', principal: certificateArn! }))
  return { certificatePem: certificatePem!, privateKeyPem: keyPair!.PrivateKey! }
}

async function republishEnvironment(): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const { Role } = await server.iam.send(
    new CreateRoleCommand({ RoleName: 'rules', AssumeRolePolicyDocument }),
  )
  const PolicyDocument = allowing('iot:Publish')
  await server.iam.send(new PutRolePolicyCommand({ RoleName: 'rules', PolicyName: 'own', PolicyDocument }))
  const topicRulePayload = {
    sql: "SELECT get_user_properties('environment') AS environment FROM 'telemetry'",
    actions: [{ republish: { topic: 'routed', roleArn: Role!.Arn!, qos: 1 } }],
  }
  await server.iot.send(new CreateTopicRuleCommand({ ruleName: 'route', topicRulePayload }))
}

it('come as user properties beside those of the message, and to rules, whatever version publishes', async () => {
  const device = await makeDevice()
  await republishEnvironment()
  const subscriber = await connectDevice(server, { ...device, clientId: 'reader', protocolVersion: 5 })
  const got: [topic: string, userProperties: unknown, text: string][] = []
  subscriber.on('message', (topic, payload, { properties }) => {
    got.push([topic, { ...properties?.userProperties }, payload.toString()])
  })
  await subscriber.subscribeAsync(['telemetry', 'routed'], { qos: 1 })
  const old = await connectDevice(server, { ...device, clientId: 'aircon', protocolVersion: 4 })
  await old.publishAsync('telemetry', '{}', { qos: 1 })
  await old.endAsync()
  await expect.poll(() => got.length).toBe(2)
  const added = { environment: 'prod', from: 'aircon' }
  expect(got.find(([topic]) => topic === 'telemetry')).toEqual(['telemetry', added, '{}'])
  expect(got.find(([topic]) => topic === 'routed')?.[2]).toBe('{"environment":["prod"]}')
  const recent = await connectDevice(server, { ...device, clientId: 'aircon', protocolVersion: 5 })
  const properties = { userProperties: { own: 'x' } }
  await recent.publishAsync('telemetry', '{}', { qos: 1, properties })
  await expect.poll(() => got.length).toBe(4)
  expect(got.findLast(([topic]) => topic === 'telemetry')?.[1]).toEqual({ own: 'x', ...added })
  await recent.endAsync()
  await subscriber.endAsync()
})
