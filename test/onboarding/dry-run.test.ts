/** A dry run says what a connection then does, and leaves nothing behind. Real TLS, the real server. */
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  AttachPolicyCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  RegisterCertificateCommand,
  UpdateCACertificateCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCa, type CertificateOptions, type TestCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
  type TemplateOptions,
} from '../helpers/jitp.ts'
import { postOwn } from '../helpers/own-routes.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { dumpTables } from '../helpers/stored.ts'

let server: TestServer
let roleArn: string
beforeAll(async () => {
  server = await startTestServer()
  roleArn = await createProvisioningRole(server)
})
afterAll(() => server[Symbol.asyncDispose]())

interface Verdict {
  action: string
  code: string
  details?: Record<string, unknown>
}

async function dryRun(body: object): Promise<Record<string, unknown> & { verdict: Verdict }> {
  const answer = await postOwn(server, 'dry-run', body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body as Record<string, unknown> & { verdict: Verdict }
}

/** What the journal says in the end of a connection that is made now. */
async function connect(device: TestCertificate, clientId: string): Promise<string> {
  const client = await connectDevice(server, { ...device, clientId }).catch(() => undefined)
  const { entries } = await server.report(device.certificateId)
  if (client === undefined) return entries.at(-1)?.code ?? 'nothing'
  await client.endAsync()
  return entries.some(({ code }) => code === 'connected') ? 'connected' : 'unrecorded'
}

interface Pair {
  template?: TemplateOptions | string
  /** Default `C=NL, CN=<name>`. */
  device?: CertificateOptions
  /** Default: the name. */
  clientId?: string
  /** Resolves with its ARN. */
  role?: () => Promise<string>
  /** What is there before. */
  before?: (about: About) => Promise<unknown>
  code: string
}

interface About {
  ca: RegisteredCa
  device: TestCertificate
  /** Of the device; its own in each row. */
  name: string
}

const certificate = (name: string) => `AWS::IoT::Certificate::${name}`
const allow = (Action: string | string[], Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource })
const own = ['arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}']

const clientByName = { 'Fn::Sub': 'arn:aws:iot:*:*:client/${AWS::IoT::Certificate::CommonName}' }
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

async function createPolicy(policyName: string, ...statements: object[]): Promise<void> {
  const policyDocument = JSON.stringify(document(...statements))
  await server.iot.send(new CreatePolicyCommand({ policyName, policyDocument }))
}

/** A role of that name; `actions`: what it may do, on everything. `service`: who may assume it. */
async function createRole(
  RoleName: string,
  actions: string[],
  service = 'iot.amazonaws.com',
): Promise<string> {
  const trust = document({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' })
  await server.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }))
  const PolicyDocument = JSON.stringify(document(allow(actions)))
  await server.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'rights', PolicyDocument }))
  return `arn:aws:iam::${server.endpoints.accountId}:role/${RoleName}`
}

/** The template with other properties of its thing. */
function withThing(properties: object, more: object = {}): string {
  const template = JSON.parse(provisioningTemplate()) as {
    Resources: { thing: { Properties: object; OverrideSettings?: object } }
  }
  Object.assign(template.Resources.thing.Properties, properties)
  Object.assign(template.Resources.thing, more)
  return JSON.stringify(template)
}

const withStatus = (status: string) =>
  provisioningTemplate().replace('"Status":"ACTIVE"', `"Status":"${status}"`)

const update =
  (change: object) =>
  ({ ca }: About) =>
    server.iot.send(new UpdateCACertificateCommand({ certificateId: ca.caCertificateId, ...change }))

const register =
  (status: 'ACTIVE' | 'INACTIVE' | 'REVOKED') =>
  async ({ device, ca }: About) => {
    const { certificatePem } = device
    const { certificateId } = await server.iot.send(
      new RegisterCertificateCommand({
        certificatePem,
        caCertificatePem: ca.certificatePem,
        status: 'ACTIVE',
      }),
    )
    if (status !== 'ACTIVE')
      await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: status }))
  }

const makeThing =
  (attributes: Record<string, string> = {}) =>
  ({ name: thingName }: About) =>
    server.iot.send(new CreateThingCommand({ thingName, attributePayload: { attributes } }))

const day = 86_400_000
const pairs: Record<string, Pair> = {
  'a subject that brings all that is needed': { code: 'connected' },
  'a name made of two attributes': {
    template: { thingName: { 'Fn::Join': ['-', [{ Ref: certificate('CommonName') }, 'x']] } },
    code: 'connected',
  },
  'a thing that exists': { before: makeThing(), code: 'connected' },
  'a thing that exists and is replaced': {
    template: withThing({}, { OverrideSettings: { AttributePayload: 'REPLACE' } }),
    before: makeThing({ old: 'yes' }),
    code: 'connected',
  },
  'a policy by name that is there': {
    template: { policy: { PolicyName: 'there' } },
    before: () => createPolicy('there', allow('iot:Connect')),
    code: 'connected',
  },
  'a policy for the client that is called like its thing': {
    template: { statements: [allow('iot:Connect', own)] },
    code: 'connected',
  },
  'a certificate that is registered and ACTIVE, with a policy': {
    before: async (about) => {
      await register('ACTIVE')(about)
      await createPolicy('active', allow('iot:Connect'))
      const target = `arn:aws:iot:us-east-1:${server.endpoints.accountId}:cert/${about.device.certificateId}`
      await server.iot.send(new AttachPolicyCommand({ policyName: 'active', target }))
    },
    code: 'connected',
  },

  'a subject without the name': { device: { subject: 'C=NL' }, code: 'provisioning-failed' },
  'a subject without the country': { device: { subject: 'CN=nowhere' }, code: 'provisioning-failed' },
  'a name that no thing may have': {
    device: {
      subject: [
        ['C', 'NL'],
        ['CN', 'two words'],
      ],
    },
    code: 'provisioning-failed',
  },
  'a name that is too long': {
    device: {
      subject: [
        ['C', 'NL'],
        ['CN', 'x'.repeat(129)],
      ],
    },
    code: 'provisioning-failed',
  },
  'an attribute that no thing may have': {
    device: {
      subject: [
        ['C', 'N L'],
        ['CN', 'odd'],
      ],
    },
    code: 'provisioning-failed',
  },
  'a name that would be a wildcard in the policy': {
    template: {
      thingName: 'fixed',
      policy: { PolicyDocument: document(allow('iot:Connect', clientByName)) },
    },
    device: {
      subject: [
        ['C', 'NL'],
        ['CN', '*'],
      ],
    },
    code: 'provisioning-failed',
  },
  'a thing type that is not there': {
    template: withThing({ ThingTypeName: 'NoSuchType' }),
    code: 'provisioning-failed',
  },
  'a billing group that is not there': {
    template: withThing({ BillingGroup: 'nobody' }),
    code: 'provisioning-failed',
  },
  'a thing group that is not there': {
    template: withThing({ ThingGroups: ['nowhere'] }),
    code: 'provisioning-failed',
  },
  'a policy by name that is not there': {
    template: { policy: { PolicyName: 'absent' } },
    code: 'provisioning-failed',
  },
  'a thing that differs where it must not': {
    template: withThing({}, { OverrideSettings: { AttributePayload: 'FAIL' } }),
    before: makeThing({ version: 'v0' }),
    code: 'provisioning-failed',
  },
  'a role that may make no thing': {
    role: () => createRole('no-things', ['iot:CreatePolicy', 'iot:Attach*', 'iot:UpdateCertificate']),
    code: 'provisioning-failed',
  },
  'a role that may make no policy': {
    role: () => createRole('no-policies', ['iot:CreateThing', 'iot:Attach*', 'iot:UpdateCertificate']),
    code: 'provisioning-failed',
  },
  'a role that may not activate': {
    role: () => createRole('no-activation', ['iot:Create*', 'iot:Attach*']),
    code: 'provisioning-failed',
  },
  'a role that AWS IoT may not assume': {
    role: () => createRole('for-others', ['iot:*'], 'lambda.amazonaws.com'),
    code: 'provisioning-failed',
  },
  'a template that makes certificates INACTIVE': {
    template: withStatus('INACTIVE'),
    code: 'certificate-inactive',
  },
  'a policy for other clients': {
    template: { statements: [allow('iot:Connect', ['arn:aws:iot:*:*:client/other-*'])] },
    code: 'connect-denied',
  },
  'a policy that says nothing about connecting': {
    template: { statements: [allow('iot:Publish')] },
    code: 'connect-denied',
  },
  'a client that is not called like its thing': {
    template: { statements: [allow('iot:Connect', own)] },
    clientId: 'somebody-else',
    code: 'connect-denied',
  },
  'a policy that denies it': {
    template: { statements: [allow('*'), { Effect: 'Deny', Action: 'iot:Connect', Resource: '*' }] },
    code: 'connect-denied',
  },
  'a CA that is INACTIVE': { before: update({ newStatus: 'INACTIVE' }), code: 'ca-inactive' },
  'a CA without auto-registration': {
    before: update({ newAutoRegistrationStatus: 'DISABLE' }),
    code: 'auto-registration-off',
  },
  'a certificate that has expired': {
    device: { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) },
    code: 'certificate-expired',
  },
  'a certificate of tomorrow': {
    device: { notBefore: new Date(Date.now() + day) },
    code: 'certificate-not-yet-valid',
  },
  'a certificate for servers alone': {
    device: { purposes: ['1.3.6.1.5.5.7.3.1'] },
    code: 'certificate-malformed',
  },
  'a signature that the CA did not make': { device: { forged: true }, code: 'ca-unknown' },
  'a certificate that is registered and INACTIVE': {
    before: register('INACTIVE'),
    code: 'certificate-inactive',
  },
  'a certificate that is REVOKED': { before: register('REVOKED'), code: 'certificate-revoked' },
  'a certificate that is ACTIVE and has no policy': { before: register('ACTIVE'), code: 'connect-denied' },
}

let made = 0

async function makePair({ device: options, template = {}, before, role, clientId }: Pair) {
  const name = `device-${++made}`
  const ca = await registerCa(server, {}, { subject: `CN=CA of ${name}` })
  const subject = [
    ['C', 'NL'],
    ['CN', name],
  ] as const
  const device = ca.issue({ subject, ...options })
  await before?.({ ca, device, name })
  const templateBody = typeof template === 'string' ? template : provisioningTemplate(template)
  const provisioningRoleArn = (await role?.()) ?? roleArn
  return { ca, device, templateBody, provisioningRoleArn, clientId: clientId ?? name }
}

describe('the verdict is what a connection then comes to, for', () => {
  it.each(Object.entries(pairs))('%s', async (_, pair) => {
    const { ca, device, templateBody, provisioningRoleArn, clientId } = await makePair(pair)
    const { certificatePem } = device
    const ofTemplate = await dryRun({ templateBody, provisioningRoleArn, certificatePem, clientId })
    const registrationConfig = { templateBody, roleArn: provisioningRoleArn }
    const { caCertificateId } = ca
    await server.iot.send(
      new UpdateCACertificateCommand({ certificateId: caCertificateId, registrationConfig }),
    )
    const ofCa = await dryRun({ caCertificateId, certificatePem, clientId })
    const code = await connect(device, clientId)
    expect([ofTemplate.verdict.code, ofCa.verdict.code, code]).toEqual([pair.code, pair.code, pair.code])
    expect(ofTemplate.verdict.action).toBe(code === 'connected' ? 'accept' : 'close')
  })

  it('a CA without a template', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Announcing' })
    const device = ca.issue()
    const { verdict } = await dryRun({
      caCertificateId: ca.caCertificateId,
      certificatePem: device.certificatePem,
    })
    expect([verdict.code, await connect(device, 'x')]).toEqual([
      'registration-announced',
      'registration-announced',
    ])
  })

  it('a CA whose first connections are closed', async () => {
    const registrationConfig = { templateBody: provisioningTemplate(), roleArn }
    const tags = [{ Key: 'muster:first-connection', Value: 'close' }]
    const ca = await registerCa(server, { registrationConfig, tags }, { subject: 'CN=Closing' })
    const device = ca.issue({ subject: 'C=NL, CN=closed-first' })
    const question = { caCertificateId: ca.caCertificateId, certificatePem: device.certificatePem }
    const { verdict } = await dryRun(question)
    expect([verdict.code, await connect(device, 'closed-first')]).toEqual([
      'first-connection-closed',
      'first-connection-closed',
    ])
    expect((await dryRun(question)).verdict.code).toBe('connected')
    expect(await connect(device, 'closed-first')).toBe('connected')
  })

  it('a CA that is not registered', async () => {
    const device = makeCa({ subject: 'CN=Nobody knows' }).issue()
    const templateBody = provisioningTemplate()
    const { verdict } = await dryRun({ templateBody, certificatePem: device.certificatePem })
    expect([verdict.code, await connect(device, 'x')]).toEqual(['ca-unknown', 'ca-unknown'])
  })

  it('another CA than the one that signed it', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=One' })
    const device = (await registerCa(server, {}, { subject: 'CN=Other' })).issue()
    const { caCertificateId } = ca
    const { verdict } = await dryRun({ caCertificateId, certificatePem: device.certificatePem })
    expect(verdict.code).toBe('ca-unknown')
  })
})

/** But for the record of calls, in which a dry run is a call as any other. */
const dump = () => dumpTables(server.dataDir, 'audit_')

it('leaves the database as it was, fifty times', async () => {
  const { device, ...first } = await makePair({ code: 'connected' })
  const { templateBody, provisioningRoleArn } = first
  const failing = (await makePair({ device: { subject: 'CN=lacking' }, code: 'provisioning-failed' })).device
  await server.report(device.certificateId) // writes down what the journal still has in memory
  const before = await dump()
  const codes = new Set<string>()
  for (let run = 0; run < 50; run++) {
    const certificatePem = (run % 2 === 0 ? device : failing).certificatePem
    const { verdict } = await dryRun({ templateBody, provisioningRoleArn, certificatePem })
    codes.add(verdict.code)
  }
  await server.report(device.certificateId)
  expect(await dump()).toBe(before)
  expect([...codes].toSorted()).toEqual(['connected', 'provisioning-failed'])
})
