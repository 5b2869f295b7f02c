/** An account with a few of each kind, odd ones among them, to be copied. */
import { generateKeyPairSync } from 'node:crypto'
import {
  AddThingToBillingGroupCommand,
  AddThingToThingGroupCommand,
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateAuthorizerCommand,
  CreateBillingGroupCommand,
  CreateCertificateProviderCommand,
  CreateKeysAndCertificateCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateProvisioningTemplateCommand,
  CreateProvisioningTemplateVersionCommand,
  CreateRoleAliasCommand,
  CreateThingCommand,
  CreateThingGroupCommand,
  CreateThingTypeCommand,
  CreateTopicRuleCommand,
  DeprecateThingTypeCommand,
  RegisterCACertificateCommand,
  RegisterCertificateCommand,
  RegisterCertificateWithoutCACommand,
  SetDefaultAuthorizerCommand,
  TagResourceCommand,
  UpdateEventConfigurationsCommand,
  type CertificateStatus,
} from '@aws-sdk/client-iot'
import { makeCa, type TestCertificate } from '../helpers/certificates.ts'
import { fleetTemplate } from '../helpers/claims.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import type { TestServer } from '../helpers/server.ts'

export const documentOf = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [statement] })

/** Names that AWS allows and programs stumble over. */
const oddThings = ['lamp:1_a-b', 'constructor', '__proto__', 'L'.repeat(128)]

export const roleName = 'JITPRole'

export interface Source {
  /** Attached to the thing `lamp-1`, with the policy `five`. */
  device: TestCertificate
  caWithProof: Awaited<ReturnType<typeof registerCa>>
  sniCaId: string
  certificateIds: Record<CertificateStatus | 'ISSUED', string>
}

export async function fillSource(server: TestServer): Promise<Source> {
  const { iot, endpoints } = server
  const arnOf = (resource: string) => `arn:aws:iot:${endpoints.region}:${endpoints.accountId}:${resource}`
  await createProvisioningRole(server, roleName)
  await fillRegistry(server)
  const five = (version: number) =>
    documentOf({
      Effect: 'Allow',
      Action: 'iot:*',
      Resource: version === 3 ? arnOf('*') : arnOf(`${version}`),
    })
  await iot.send(
    new CreatePolicyCommand({
      policyName: 'five',
      policyDocument: five(1),
      tags: [{ Key: 'owner', Value: 'a+b c&d' }],
    }),
  )
  for (const version of [2, 3, 4, 5])
    await iot.send(
      new CreatePolicyVersionCommand({
        policyName: 'five',
        policyDocument: five(version),
        setAsDefault: version === 3,
      }),
    )
  await iot.send(
    new CreatePolicyCommand({
      policyName: 'taken',
      policyDocument: documentOf({ Effect: 'Deny', Action: '*', Resource: '*' }),
    }),
  )
  await fillDoors(server)
  await fillAuthorizers(server)
  const cas = await fillCas(server)
  return { ...cas, ...(await fillCertificates(server, cas.caWithProof)) }
}

async function fillRegistry({ iot }: TestServer): Promise<void> {
  const searchableAttributes = ['serial']
  const mqtt5Configuration = {
    propagatingAttributes: [{ userPropertyKey: 'serial', thingAttribute: 'serial' }],
  }
  const thingTypeProperties = {
    thingTypeDescription: 'shines',
    searchableAttributes,
    mqtt5Configuration,
  }
  for (const thingTypeName of ['Lamp', 'Old'])
    await iot.send(new CreateThingTypeCommand({ thingTypeName, thingTypeProperties, tags: tagsOf('type') }))
  await iot.send(
    new CreateBillingGroupCommand({
      billingGroupName: 'bill',
      billingGroupProperties: { billingGroupDescription: 'of the north' },
      tags: tagsOf('bill'),
    }),
  )
  const site = { thingGroupDescription: 'here', attributePayload: { attributes: { city: 'Delft' } } }
  await iot.send(
    new CreateThingGroupCommand({
      thingGroupName: 'zz-site',
      thingGroupProperties: site,
      tags: tagsOf('site'),
    }),
  )
  await iot.send(new CreateThingGroupCommand({ thingGroupName: 'floor', parentGroupName: 'zz-site' }))
  await iot.send(new CreateThingGroupCommand({ thingGroupName: 'aa-room', parentGroupName: 'floor' }))
  const attributePayload = { attributes: { serial: '7', Color: 'red/blue' } }
  for (const thingName of ['lamp-1', 'taken', ...oddThings])
    await iot.send(new CreateThingCommand({ thingName, thingTypeName: 'Lamp', attributePayload }))
  await iot.send(new CreateThingCommand({ thingName: 'antique', thingTypeName: 'Old' }))
  await iot.send(new DeprecateThingTypeCommand({ thingTypeName: 'Old' }))
  await iot.send(new AddThingToBillingGroupCommand({ thingName: 'lamp-1', billingGroupName: 'bill' }))
  for (const thingName of ['lamp-1', '__proto__'])
    await iot.send(new AddThingToThingGroupCommand({ thingName, thingGroupName: 'aa-room' }))
}

/** Role aliases, templates, and rules, which have their roles in this account. */
async function fillDoors({ iot, endpoints }: TestServer): Promise<void> {
  const roleArn = `arn:aws:iam::${endpoints.accountId}:role/${roleName}`
  const role = { roleArn, credentialDurationSeconds: 1800 }
  await iot.send(new CreateRoleAliasCommand({ roleAlias: 'files', ...role, tags: tagsOf('alias') }))
  const templateName = 'lamps'
  await iot.send(
    new CreateProvisioningTemplateCommand({
      templateName,
      templateBody: fleetTemplate(),
      provisioningRoleArn: roleArn,
      enabled: true,
      description: 'lamps that come by claim',
      preProvisioningHook: { payloadVersion: '2020-04-01', targetArn: functionArn(endpoints, 'hook') },
      tags: tagsOf('template'),
    }),
  )
  await iot.send(
    new CreateProvisioningTemplateVersionCommand({
      templateName,
      templateBody: fleetTemplate({ configuration: { second: 'yes' } }),
      setAsDefault: true,
    }),
  )
  await iot.send(
    new CreateProvisioningTemplateCommand({
      templateName: 'first-connection',
      templateBody: provisioningTemplate(),
      provisioningRoleArn: roleArn,
      type: 'JITP',
    }),
  )
  const republish = { roleArn, topic: 'copies/of/${topic()}', qos: 1 }
  await iot.send(
    new CreateTopicRuleCommand({
      ruleName: 'echo',
      tags: 'team=north%20%26%20south',
      topicRulePayload: {
        sql: "SELECT * FROM 'news/#'",
        description: 'says it again',
        awsIotSqlVersion: '2016-03-23',
        ruleDisabled: true,
        actions: [{ republish }],
        errorAction: { republish: { ...republish, topic: 'failures' } },
      },
    }),
  )
}

const tagsOf = (Value: string) => [{ Key: 'of', Value }]

const functionArn = ({ region, accountId }: TestServer['endpoints'], name: string) =>
  `arn:aws:lambda:${region}:${accountId}:function:${name}`

/** And what an account has one of: a default authorizer, a certificate provider, switches of events. */
async function fillAuthorizers({ iot, endpoints }: TestServer): Promise<void> {
  const authorizerFunctionArn = functionArn(endpoints, 'gate')
  await iot.send(
    new CreateAuthorizerCommand({
      authorizerName: 'signed',
      authorizerFunctionArn,
      tokenKeyName: 'token',
      tokenSigningPublicKeys: { first: makePublicKey() },
      enableCachingForHttp: true,
      status: 'INACTIVE',
      tags: tagsOf('authorizer'),
    }),
  )
  const open = { authorizerName: 'open', authorizerFunctionArn, signingDisabled: true }
  await iot.send(new CreateAuthorizerCommand(open))
  await iot.send(new SetDefaultAuthorizerCommand({ authorizerName: 'open' }))
  await iot.send(
    new CreateCertificateProviderCommand({
      certificateProviderName: 'own-ca',
      lambdaFunctionArn: functionArn(endpoints, 'signer'),
      accountDefaultForOperations: ['CreateCertificateFromCsr'],
      tags: tagsOf('provider'),
    }),
  )
  const eventConfigurations = { THING: { Enabled: true }, CA_CERTIFICATE: { Enabled: true } }
  await iot.send(new UpdateEventConfigurationsCommand({ eventConfigurations }))
}

const makePublicKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 })
    .publicKey.export({ type: 'spki', format: 'pem' })
    .toString()

async function fillCas(server: TestServer) {
  const registrationConfig = { templateName: 'first-connection' }
  const tags = [{ Key: 'muster:identity', Value: 'key' }]
  const caWithProof = await registerCa(server, { registrationConfig, tags }, { subject: 'CN=Proven CA' })
  const { certificateId: sniCaId = '' } = await server.iot.send(
    new RegisterCACertificateCommand({
      caCertificate: makeCa({ subject: 'CN=Other CA' }).certificatePem,
      certificateMode: 'SNI_ONLY',
      tags: [{ Key: 'muster:first-connection', Value: 'close' }],
    }),
  )
  return { caWithProof, sniCaId }
}

async function fillCertificates({ iot }: TestServer, ca: Source['caWithProof']) {
  const device = ca.issue({ subject: 'CN=lamp-1' })
  const { certificateArn: target = '' } = await iot.send(
    new RegisterCertificateCommand({ certificatePem: device.certificatePem, status: 'ACTIVE' }),
  )
  await iot.send(new AttachPolicyCommand({ policyName: 'five', target }))
  await iot.send(new AttachPolicyCommand({ policyName: 'taken', target }))
  const exclusive = { thingPrincipalType: 'EXCLUSIVE_THING' } as const
  await iot.send(new AttachThingPrincipalCommand({ thingName: 'lamp-1', principal: target, ...exclusive }))
  const group = target.replace(/cert\/.*/, 'thinggroup/floor')
  await iot.send(new AttachPolicyCommand({ policyName: 'five', target: group }))
  const ids: Partial<Source['certificateIds']> = { ACTIVE: device.certificateId }
  for (const status of ['INACTIVE', 'REVOKED'] as const) {
    const { certificatePem, certificateId } = makeCa().issue({ subject: `CN=${status}` })
    await iot.send(new RegisterCertificateWithoutCACommand({ certificatePem, status }))
    ids[status] = certificateId
  }
  const issued = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }))
  await iot.send(
    new AttachThingPrincipalCommand({ thingName: '__proto__', principal: issued.certificateArn }),
  )
  ids.ISSUED = issued.certificateId!
  const limits = [
    { Key: 'muster:claim-uses', Value: '500' },
    { Key: 'muster:claim-until', Value: '2099-12-31T00:00:00Z' },
  ]
  await iot.send(new TagResourceCommand({ resourceArn: issued.certificateArn!, tags: limits }))
  return { device, certificateIds: ids as Source['certificateIds'] }
}
