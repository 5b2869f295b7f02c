/** One of each kind of resource, so that its page has something to show. */
import { generateKeyPairSync } from 'node:crypto'
import * as Iot from '@aws-sdk/client-iot'
import { createProvisioningRole, registerCa } from '../../helpers/jitp.ts'
import type { TestServer } from '../../helpers/server.ts'

const forms = [
  '/connect',
  '/create/certificate',
  '/create/thing',
  '/create/thing-group',
  '/create/thing-type',
  '/create/billing-group',
  '/create/policy',
  '/create/role-alias',
  '/create/domain-configuration',
  '/create/authorizer',
  '/create/certificate-provider',
]

const policyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
})

/** Of a key by which tokens could be signed. */
export const publicKeyPem = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  }) as string

/** Paths below `/console` of pages that the navigation does not lead to: of one of each kind, and of forms. */
export async function addResources(server: TestServer): Promise<string[]> {
  const { iot } = server
  const ca = await registerCa(server)
  const certificate = await iot.send(new Iot.CreateKeysAndCertificateCommand({ setAsActive: true }))
  await iot.send(new Iot.CreatePolicyCommand({ policyName: 'lamps', policyDocument }))
  const target = certificate.certificateArn!
  await iot.send(new Iot.AttachPolicyCommand({ policyName: 'lamps', target }))
  await iot.send(new Iot.CreateThingTypeCommand({ thingTypeName: 'bulb' }))
  await iot.send(new Iot.CreateThingGroupCommand({ thingGroupName: 'house' }))
  await iot.send(new Iot.CreateBillingGroupCommand({ billingGroupName: 'rent' }))
  const attributePayload = { attributes: { room: 'kitchen' } }
  const thingName = 'lamp-1'
  await iot.send(new Iot.CreateThingCommand({ thingName, thingTypeName: 'bulb', attributePayload }))
  await iot.send(new Iot.AttachThingPrincipalCommand({ thingName, principal: target }))
  await iot.send(new Iot.AddThingToThingGroupCommand({ thingName, thingGroupName: 'house' }))
  const roleArn = await createProvisioningRole(server)
  await iot.send(new Iot.CreateRoleAliasCommand({ roleAlias: 'lamps', roleArn }))
  const lambdaFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:gate'
  await iot.send(
    new Iot.CreateAuthorizerCommand({
      authorizerName: 'gate',
      authorizerFunctionArn: lambdaFunctionArn,
      tokenKeyName: 'token',
      tokenSigningPublicKeys: { first: publicKeyPem() },
    }),
  )
  await iot.send(
    new Iot.CreateCertificateProviderCommand({
      certificateProviderName: 'own',
      lambdaFunctionArn,
      accountDefaultForOperations: ['CreateCertificateFromCsr'],
    }),
  )
  return [
    ...forms,
    `/cas/${ca.caCertificateId}`,
    `/cas/${ca.caCertificateId}?tab=registration`,
    `/certificates/${certificate.certificateId}`,
    `/certificates/${certificate.certificateId}?tab=certificate`,
    '/things/lamp-1',
    '/things/lamp-1?tab=shadows',
    '/thing-groups/house',
    '/thing-types/bulb',
    '/billing-groups/rent',
    '/policies/lamps',
    '/policies/lamps?tab=versions',
    '/role-aliases/lamps',
    '/authorizers/gate',
    '/authorizers/gate?tab=keys',
    '/certificate-providers/own',
    `/explain?subject=${certificate.certificateId}`,
  ]
}
