/** A device that comes back is told what it was told before, as long as that is what it would be told anew. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { createDeviceAuthorizer, type AuthorizationRequest, type DeviceAuthorizer } from './index.ts'
import { arn, context, grant, openTestAccount, type TestAccount } from './testing/test-account.ts'

const ca = makeCa()
let account: TestAccount
let authorizer: DeviceAuthorizer
let certificate: DeviceCertificate
beforeEach(async () => {
  account = await openTestAccount(ca)
  authorizer = createDeviceAuthorizer({ store: account.store, fabric: account.fabric, now: account.now })
  certificate = await account.registerCertificate('CN=lamp-1')
})
afterEach(async () => {
  authorizer[Symbol.dispose]()
  await account[Symbol.asyncDispose]()
})

async function attachNew(policyDocument: string): Promise<void> {
  await account.policies.CreatePolicy({ policyName: 'own', policyDocument }, context)
  await account.policies.AttachPolicy({ policyName: 'own', target: certificate.certificateArn }, context)
}

/** Connects, asks, and leaves. */
async function connect(request: Partial<AuthorizationRequest> = {}, clientId = 'lamp-1') {
  const { accountId } = context
  const facts = { accountId, certificate, clientId, sourceIp: '198.51.100.7', protocol: 'mqtt' } as const
  using device = await authorizer.open({ ...facts, ...request })
  return device.decide('iot:Connect', arn(`client/${clientId}`))
}

it('is the same answer when nothing has changed', async () => {
  await attachNew(grant('iot:Connect'))
  expect(await connect()).toBe(await connect())
})

it.each([
  [
    'another default version',
    (policyDocument: string) =>
      account.policies.CreatePolicyVersion(
        { policyName: 'own', policyDocument, setAsDefault: true },
        context,
      ),
  ],
  [
    'the policy is detached',
    () => account.policies.DetachPolicy({ policyName: 'own', target: certificate.certificateArn }, context),
  ],
])('%s is what the next connect is judged by', async (_what, change) => {
  await attachNew(grant('iot:Connect'))
  expect((await connect()).effect).toBe('allow')
  await change(grant('iot:Publish'))
  expect((await connect()).effect).toBe('implicit-deny')
})

it.each([
  ['address', { 'aws:SourceIp': '198.51.100.7/32' }, { sourceIp: '203.0.113.9' }],
  ['domain', { 'iot:DomainName': 'iot.acme.example' }, { domainName: 'other.example' }],
])('is given to nobody who comes from another %s', async (_what, wanted, other) => {
  const operator = 'aws:SourceIp' in wanted ? 'IpAddress' : 'StringEquals'
  await attachNew(grant('iot:Connect', '*', { Condition: { [operator]: wanted } }))
  const own = { domainName: 'iot.acme.example' }
  expect((await connect(own)).effect).toBe('allow')
  expect((await connect({ ...own, ...other })).effect).toBe('implicit-deny')
  expect((await connect(own)).effect).toBe('allow')
})

it('is given to no other client id of the same certificate', async () => {
  await attachNew(grant('iot:Connect', arn('client/lamp-1')))
  expect((await connect()).effect).toBe('allow')
  expect((await connect({}, 'lamp-2')).effect).toBe('implicit-deny')
})

it('is not kept while a policy asks for the time', async () => {
  const Condition = { DateLessThan: { 'aws:CurrentTime': '9999-01-01T00:00:00Z' } }
  await attachNew(grant('iot:Connect', '*', { Condition }))
  expect(await connect()).not.toBe(await connect())
})
