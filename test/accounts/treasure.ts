/** An account with one of everything, all called after a treasure. */
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import * as Iot from '@aws-sdk/client-iot'
import { IoTDataPlaneClient, PublishCommand, UpdateThingShadowCommand } from '@aws-sdk/client-iot-data-plane'
import type { MqttClient } from 'mqtt'
import { openAccount, type AccountView } from '../helpers/accounts.ts'
import { connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { createFunction, createRole } from '../helpers/jitr.ts'
import type { TestServer } from '../helpers/server.ts'

export const thingName = 'treasure'
export const secret = 'treasure-map'

export interface Identity {
  certificateId: string
  certificateArn: string
  certificatePem: string
  privateKeyPem: string
}

export interface Treasure {
  identity: Identity
  /** Of a certificate that goes to a third account, which has not accepted it. */
  givenId: string
  ca: RegisteredCa
  roleArn: string
  functionArn: string
  /** Connected, and hears all that is published in the account. */
  guard: MqttClient
  heard: string[]
}

export const dataClientOf = ({ endpoints, rootKey }: AccountView): IoTDataPlaneClient =>
  new IoTDataPlaneClient({
    endpoint: endpoints.apiUrl,
    region: endpoints.region,
    credentials: rootKey,
    maxAttempts: 1,
  })

const mayAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
})

/** A certificate that may do everything in its account. */
export async function makeIdentity({ iot }: AccountView, policyName: string): Promise<Identity> {
  const made = await iot.send(new Iot.CreateKeysAndCertificateCommand({ setAsActive: true }))
  const { certificateId = '', certificateArn = '', certificatePem = '', keyPair } = made
  await iot.send(new Iot.CreatePolicyCommand({ policyName, policyDocument: mayAll }))
  await iot.send(new Iot.AttachPolicyCommand({ policyName, target: certificateArn }))
  return { certificateId, certificateArn, certificatePem, privateKeyPem: keyPair?.PrivateKey ?? '' }
}

export async function makeTreasure(server: TestServer): Promise<Treasure> {
  const { iot } = server
  const roleArn = await createProvisioningRole(server, thingName)
  await makeThings(server)
  const identity = await makeIdentity(server, thingName)
  await iot.send(new Iot.AttachThingPrincipalCommand({ thingName, principal: identity.certificateArn }))
  const ca = await registerCa(server, {}, { subject: 'CN=treasure' })
  const templateBody = provisioningTemplate()
  const fleet = { templateName: thingName, templateBody, provisioningRoleArn: roleArn, enabled: true }
  await iot.send(new Iot.CreateProvisioningTemplateCommand({ ...fleet, type: 'FLEET_PROVISIONING' }))
  await iot.send(new Iot.CreateRoleAliasCommand({ roleAlias: thingName, roleArn }))
  const functionArn = await createFunction(server, {
    FunctionName: thingName,
    roleArn: await createRole(server),
    files: { 'index.js': 'exports.handler = async () => "treasure-map"' },
  })
  await iot.send(
    new Iot.CreateAuthorizerCommand({
      authorizerName: thingName,
      authorizerFunctionArn: functionArn,
      signingDisabled: true,
      status: 'ACTIVE',
    }),
  )
  await makeOthers(server)
  const givenId = await giveAway(server)
  return { identity, givenId, ca, roleArn, functionArn, ...(await guardOf(server, identity)) }
}

/** Begins the transfer of a certificate to an account of its own. */
async function giveAway(server: TestServer): Promise<string> {
  const { iot } = server
  const heir = await openAccount(server, 'heir')
  const { certificateId = '' } = await iot.send(new Iot.CreateKeysAndCertificateCommand({}))
  const targetAwsAccount = heir.endpoints.accountId
  await iot.send(new Iot.TransferCertificateCommand({ certificateId, targetAwsAccount }))
  return certificateId
}

async function makeThings({ iot }: TestServer): Promise<void> {
  await iot.send(new Iot.CreateThingTypeCommand({ thingTypeName: thingName }))
  await iot.send(new Iot.CreateThingCommand({ thingName, thingTypeName: thingName }))
  await iot.send(new Iot.CreateThingGroupCommand({ thingGroupName: thingName }))
  await iot.send(new Iot.CreateBillingGroupCommand({ billingGroupName: thingName }))
}

async function makeOthers(server: TestServer): Promise<void> {
  const { iot, iam, logs } = server
  await iam.send(new CreateUserCommand({ UserName: thingName }))
  await logs.send(new CreateLogGroupCommand({ logGroupName: thingName }))
  await iot.send(
    new Iot.CreateTopicRuleCommand({
      ruleName: thingName,
      topicRulePayload: { sql: "SELECT * FROM 'nowhere'", actions: [] },
    }),
  )
  await iot.send(
    new Iot.CreateDomainConfigurationCommand({
      domainConfigurationName: thingName,
      domainName: 'treasure.example.com',
    }),
  )
  const data = dataClientOf(server)
  const state = JSON.stringify({ state: { reported: { map: secret } } })
  await data.send(new UpdateThingShadowCommand({ thingName, payload: Buffer.from(state) }))
  await data.send(
    new PublishCommand({ topic: 'treasure/kept', payload: Buffer.from(secret), retain: true, qos: 1 }),
  )
}

async function guardOf(server: TestServer, identity: Identity) {
  const guard = await connectDevice(server, { ...identity, clientId: thingName })
  const heard: string[] = []
  guard.on(
    'message',
    (topic, payload, { retain }) => void (retain || heard.push(`${topic} ${payload.toString()}`)),
  )
  await guard.subscribeAsync('#', { qos: 1 })
  return { guard, heard }
}
