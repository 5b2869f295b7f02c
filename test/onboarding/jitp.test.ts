/** Just-in-time provisioning as devices and operators see it, over real TLS and through the official clients. */
import { DeleteRolePolicyCommand, DetachRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  ListAttachedPoliciesCommand,
  ListCertificatesCommand,
  ListPoliciesCommand,
  ListThingPrincipalsCommand,
  ListThingsCommand,
  UpdateCACertificateCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, type CertificateOptions, type TestCertificate } from '../helpers/certificates.ts'
import { closed, connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let roleArn: string
beforeEach(async () => {
  server = await startTestServer()
  roleArn = await createProvisioningRole(server)
})
afterEach(() => server[Symbol.asyncDispose]())

const jitpCa = (template = provisioningTemplate(), options?: CertificateOptions) =>
  registerCa(server, { registrationConfig: { roleArn, templateBody: template } }, options)

const subject = (name: string) =>
  [
    ['C', 'NL'],
    ['CN', name],
  ] as const

/** How many there are of each kind: shows that a refusal leaves nothing half-made. */
async function registry() {
  const [certificates, things, policies] = await Promise.all([
    server.iot.send(new ListCertificatesCommand({})),
    server.iot.send(new ListThingsCommand({})),
    server.iot.send(new ListPoliciesCommand({})),
  ])
  return {
    certificates: certificates.certificates!.map(({ status }) => status),
    things: things.things!.length,
    policies: policies.policies!.length,
  }
}

const codesOf = async (subjectId: string) => (await server.report(subjectId)).entries.map(({ code }) => code)

describe('a new device under a CA with a template', () => {
  it('is provisioned and accepted on its first connection', async () => {
    const ca = await jitpCa()
    const device = ca.issue({ subject: subject('lamp') })
    const client = await connectDevice(server, { ...device, clientId: 'lamp' })
    await client.publishAsync('foo/bar', 'Hello', { qos: 1 })
    await client.endAsync()

    const thing = await server.iot.send(new DescribeThingCommand({ thingName: 'lamp' }))
    expect(thing.attributes).toEqual({ version: 'v1', country: 'NL' })
    const { certificateDescription } = await server.iot.send(
      new DescribeCertificateCommand({ certificateId: device.certificateId }),
    )
    expect(certificateDescription).toMatchObject({ status: 'ACTIVE', caCertificateId: ca.caCertificateId })
    const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName: 'lamp' }))
    expect(principals).toEqual([certificateDescription!.certificateArn])
    const { policies } = await server.iot.send(
      new ListAttachedPoliciesCommand({ target: certificateDescription!.certificateArn }),
    )
    expect(policies).toHaveLength(1)
    expect(policies![0]!.policyName).toMatch(/^[0-9A-F]{40}$/)
    expect(await codesOf(device.certificateId)).toEqual(expect.arrayContaining(['provisioned', 'connected']))
  })

  it('delivers what it publishes to another new device', async () => {
    const ca = await jitpCa()
    const listener = await connectDevice(server, {
      ...ca.issue({ subject: subject('ear') }),
      clientId: 'ear',
    })
    const heard = new Promise<string>((resolve) => {
      listener.once('message', (topic, payload) => resolve(`${topic} ${payload.toString()}`))
    })
    await listener.subscribeAsync('foo/#', { qos: 1 })
    const speaker = await connectDevice(server, {
      ...ca.issue({ subject: subject('mouth') }),
      clientId: 'mouth',
    })
    await speaker.publishAsync('foo/bar', 'Hello', { qos: 1 })
    expect(await heard).toBe('foo/bar Hello')
    await Promise.all([listener.endAsync(), speaker.endAsync()])
  })

  it.each([
    ['the leaf alone', (device: TestCertificate) => device.certificatePem],
    ['leaf and CA', (device: TestCertificate, ca: RegisteredCa) => device.certificatePem + ca.certificatePem],
  ])('may present %s', async (_, chain) => {
    const ca = await jitpCa()
    const device = ca.issue({ subject: subject('lamp') })
    const client = await connectDevice(server, { ...device, certificatePem: chain(device, ca) })
    expect(client.connected).toBe(true)
    await client.endAsync()
  })

  it.each([
    ['RSA', { keyType: 'RSA-2048' as const }],
    ['P-384', { keyType: 'P-384' as const }],
    ['X.509 v1', { version: 1 as const }],
  ])('may have a certificate with %s', async (_, options) => {
    const ca = await jitpCa()
    const client = await connectDevice(server, ca.issue({ subject: subject('lamp'), ...options }))
    expect(client.connected).toBe(true)
    await client.endAsync()
  })

  it.each([4, 5] as const)('may speak MQTT protocol level %i', async (protocolVersion) => {
    const ca = await jitpCa()
    const client = await connectDevice(server, { ...ca.issue({ subject: subject('lamp') }), protocolVersion })
    expect(await client.publishAsync('foo/bar', 'Hello', { qos: 1 })).toBeDefined()
    await client.endAsync()
  })

  it('is closed the first time and accepted the second when the CA is tagged so', async () => {
    const ca = await registerCa(server, {
      registrationConfig: { roleArn, templateBody: provisioningTemplate() },
      tags: [{ Key: 'muster:first-connection', Value: 'close' }],
    })
    const device = ca.issue({ subject: subject('lamp') })
    await expect(connectDevice(server, device)).rejects.toThrow('closed')
    expect(await codesOf(device.certificateId)).toContain('first-connection-closed')
    expect(await registry()).toEqual({ certificates: ['ACTIVE'], things: 1, policies: 1 })
    await (await connectDevice(server, device)).endAsync()
  })

  it('shares one policy with all devices whose document is the same', async () => {
    const ca = await jitpCa()
    for (const name of ['a', 'b', 'c']) {
      const client = await connectDevice(server, { ...ca.issue({ subject: subject(name) }), clientId: name })
      await client.endAsync()
    }
    expect(await registry()).toEqual({ certificates: ['ACTIVE', 'ACTIVE', 'ACTIVE'], things: 3, policies: 1 })
  })
})

describe('refused before anything is registered', () => {
  const nothing = { certificates: [], things: 0, policies: 0 }
  const refusedWith = async (device: TestCertificate, code: string) => {
    await expect(connectDevice(server, device)).rejects.toThrow('closed')
    expect(await codesOf(device.certificateId)).toContain(code)
    expect(await registry()).toEqual(nothing)
  }

  it('unknown CA', async () => {
    await jitpCa()
    await refusedWith(makeCa({ subject: 'CN=Stranger' }).issue({ subject: subject('lamp') }), 'ca-unknown')
  })

  it('a CA with the registered name and another key', async () => {
    await jitpCa()
    await refusedWith(makeCa().issue({ subject: subject('lamp') }), 'ca-unknown')
  })

  it('forged signature', async () => {
    const ca = await jitpCa()
    await refusedWith(ca.issue({ subject: subject('lamp'), forged: true }), 'ca-unknown')
  })

  it('CA inactive', async () => {
    const ca = await jitpCa()
    await server.iot.send(
      new UpdateCACertificateCommand({ certificateId: ca.caCertificateId, newStatus: 'INACTIVE' }),
    )
    await refusedWith(ca.issue({ subject: subject('lamp') }), 'ca-inactive')
  })

  it('auto-registration off', async () => {
    const ca = await jitpCa()
    await server.iot.send(
      new UpdateCACertificateCommand({
        certificateId: ca.caCertificateId,
        newAutoRegistrationStatus: 'DISABLE',
      }),
    )
    await refusedWith(ca.issue({ subject: subject('lamp') }), 'auto-registration-off')
  })

  it('expired leaf', async () => {
    const ca = await jitpCa()
    const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }
    await refusedWith(ca.issue({ subject: subject('lamp'), ...past }), 'certificate-expired')
  })

  it('leaf not yet valid', async () => {
    const ca = await jitpCa()
    const future = { notBefore: new Date('2090-01-01'), notAfter: new Date('2091-01-01') }
    await refusedWith(ca.issue({ subject: subject('lamp'), ...future }), 'certificate-not-yet-valid')
  })
})

describe('a template that cannot be carried out leaves a pending certificate with its reason, and nothing else', () => {
  const pendingWith = async (device: TestCertificate, reason: RegExp) => {
    await expect(connectDevice(server, device)).rejects.toThrow('closed')
    const { certificates, entries } = await server.report(device.certificateId)
    expect(entries.map(({ code }) => code)).toContain('provisioning-failed')
    expect(certificates[0]).toMatchObject({ status: 'PENDING_ACTIVATION', things: [], policies: [] })
    expect(certificates[0]!.pendingReason).toMatch(reason)
    expect(await registry()).toEqual({ certificates: ['PENDING_ACTIVATION'], things: 0, policies: 0 })
  }

  it('template parameter missing from the subject', async () => {
    const ca = await jitpCa()
    await pendingWith(ca.issue({ subject: 'CN=lamp' }), /AWS::IoT::Certificate::Country/)
  })

  it('role without iot:CreatePolicy, and recovers once the role has it', async () => {
    const ca = await jitpCa()
    const statement = { Effect: 'Deny', Action: 'iot:CreatePolicy', Resource: '*' }
    await server.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'JITPRole',
        PolicyName: 'NoPolicies',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      }),
    )
    const device = ca.issue({ subject: subject('lamp') })
    await pendingWith(device, /assumed-role\/JITPRole.*iot:CreatePolicy/)
    await server.iam.send(new DeleteRolePolicyCommand({ RoleName: 'JITPRole', PolicyName: 'NoPolicies' }))
    await (await connectDevice(server, device)).endAsync()
    expect(await registry()).toEqual({ certificates: ['ACTIVE'], things: 1, policies: 1 })
  })

  it('role without any policy', async () => {
    const ca = await jitpCa()
    const policyArn = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'
    await server.iam.send(new DetachRolePolicyCommand({ RoleName: 'JITPRole', PolicyArn: policyArn }))
    await pendingWith(ca.issue({ subject: subject('lamp') }), /not authorized to perform: iot:/)
  })

  it('policy named in the template missing', async () => {
    const ca = await jitpCa(provisioningTemplate({ policy: { PolicyName: 'NoSuchPolicy' } }))
    await pendingWith(ca.issue({ subject: subject('lamp') }), /NoSuchPolicy/)
  })

  it.each([
    ['*', '*'],
    ['+', '+'],
    ['#', '#'],
    ['a policy variable', '${iot:ClientId}'],
    ['a path', '../../x'],
    ['10 kB', 'x'.repeat(10_000)],
  ])('a CN of %s', async (_, name) => {
    const ca = await jitpCa()
    await pendingWith(ca.issue({ subject: subject(name) }), /ThingName/)
  })

  it.each(['*', '+', '#', '${iot:ClientId}', '?', '"}],"x":"'])(
    'a CN of %s that would land in a policy document',
    async (name) => {
      const statements = [
        {
          Effect: 'Allow',
          Action: 'iot:Connect',
          Resource: { 'Fn::Sub': 'arn:aws:iot:*:*:client/${AWS::IoT::Certificate::CommonName}' },
        },
      ]
      const ca = await jitpCa(
        provisioningTemplate({
          thingName: { Ref: 'AWS::IoT::Certificate::Id' },
          policy: { PolicyDocument: { Version: '2012-10-17', Statement: statements } },
        }),
      )
      const device = ca.issue({ subject: subject(name) })
      await expect(connectDevice(server, { ...device, clientId: 'anyone' })).rejects.toThrow('closed')
    },
  )
})

describe('a provisioned device', () => {
  it('is refused once its certificate is revoked', async () => {
    const ca = await jitpCa()
    const device = ca.issue({ subject: subject('lamp') })
    const client = await connectDevice(server, device)
    await server.iot.send(
      new UpdateCertificateCommand({ certificateId: device.certificateId, newStatus: 'REVOKED' }),
    )
    await closed(client)
    client.end(true)
    await expect(connectDevice(server, device)).rejects.toThrow('closed')
    expect(await codesOf(device.certificateId)).toContain('certificate-revoked')
  })

  it('is closed when it publishes to a topic its policy does not grant', async () => {
    const ca = await jitpCa()
    const device = ca.issue({ subject: subject('lamp') })
    const client = await connectDevice(server, device)
    client.publish('secret/topic', 'x', { qos: 1 })
    await closed(client)
    client.end(true)
    const { entries } = await server.report(device.certificateId)
    const denied = entries.find(({ code }) => code === 'publish-denied')
    expect(JSON.stringify(denied)).toContain('topic/secret/topic')
  })

  it('is refused by name of action and resource when its policy grants no iot:Connect', async () => {
    const statements = [{ Effect: 'Allow', Action: ['iot:Publish'], Resource: ['*'] }]
    const ca = await jitpCa(provisioningTemplate({ statements }))
    const device = ca.issue({ subject: subject('lamp') })
    await expect(connectDevice(server, { ...device, clientId: 'anyclientID' })).rejects.toThrow('closed')
    const { entries } = await server.report('anyclientID')
    const denied = entries.find(({ code }) => code === 'connect-denied')
    expect(JSON.stringify(denied)).toContain('client/anyclientID')
    expect(String(denied?.details?.['suggestion'])).toContain('iot:Connect')
  })
})
