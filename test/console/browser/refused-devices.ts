/** Devices that are refused, each for a reason of its own, and that try again. */
import * as Iam from '@aws-sdk/client-iam'
import * as Iot from '@aws-sdk/client-iot'
import { closed, connectDevice, type DeviceOptions } from '../../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../../helpers/jitp.ts'
import type { TestServer } from '../../helpers/server.ts'

export interface RefusedDevice {
  /** Under which Explain finds it; absent: it was refused before it had a name. */
  subject?: string
  /** Resolves when it got in and did what it wants. */
  attempt: () => Promise<unknown>
}

let devices = 0
const nextName = () => `device-${(devices += 1)}`

const policyOf = (...actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  })

interface IssuedDevice extends DeviceOptions {
  certificateId: string
  certificateArn: string
  clientId: string
}

/** A device whose certificate AWS IoT has issued, with a policy of these actions, or none. */
async function issue({ iot }: TestServer, actions: string[] = ['iot:*']): Promise<IssuedDevice> {
  const clientId = nextName()
  const made = await iot.send(new Iot.CreateKeysAndCertificateCommand({ setAsActive: true }))
  const target = made.certificateArn!
  if (actions.length > 0) {
    await iot.send(
      new Iot.CreatePolicyCommand({ policyName: clientId, policyDocument: policyOf(...actions) }),
    )
    await iot.send(new Iot.AttachPolicyCommand({ policyName: clientId, target }))
  }
  return {
    certificateId: made.certificateId!,
    certificateArn: target,
    clientId,
    certificatePem: made.certificatePem!,
    privateKeyPem: made.keyPair!.PrivateKey!,
  }
}

const connecting = (server: TestServer, device: DeviceOptions) => async () =>
  (await connectDevice(server, device)).endAsync()

const refusedBy = (status: 'INACTIVE' | 'REVOKED') => async (server: TestServer) => {
  const device = await issue(server)
  const { certificateId } = device
  await server.iot.send(new Iot.UpdateCertificateCommand({ certificateId, newStatus: status }))
  return { subject: certificateId, attempt: connecting(server, device) }
}

/** A device of a CA with a template, of which one thing is wrong. */
async function provisionedBy(
  server: TestServer,
  { roleArn, input = {} }: { roleArn?: string; input?: Partial<Iot.RegisterCACertificateCommandInput> },
) {
  const subject = nextName()
  const role = roleArn ?? (await createProvisioningRole(server, `role-of-${subject}`))
  const templateBody = provisioningTemplate({ statements: JSON.parse(policyOf('iot:*')).Statement })
  const ca = await registerCa(server, { registrationConfig: { templateBody, roleArn: role }, ...input })
  const { certificateId, ...issued } = ca.issue({ subject: `CN=${subject},C=FR` })
  return {
    caCertificateId: ca.caCertificateId,
    subject: certificateId,
    attempt: connecting(server, { ...issued, clientId: subject }),
  }
}

async function withoutRights(server: TestServer) {
  const RoleName = nextName()
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ]
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await server.iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  return provisionedBy(server, { roleArn: `arn:aws:iam::000000000000:role/${RoleName}` })
}

async function withoutList(server: TestServer) {
  const device = await provisionedBy(server, {})
  await server.iot.send(
    new Iot.TagResourceCommand({
      resourceArn: `arn:aws:iot:us-east-1:000000000000:cacert/${device.caCertificateId}`,
      tags: [
        { Key: 'muster:crl', Value: 'absent.crl' },
        { Key: 'muster:crl-policy', Value: 'hard' },
      ],
    }),
  )
  return device
}

async function waiting(server: TestServer) {
  const ca = await registerCa(server)
  const clientId = nextName()
  const { certificateId, ...issued } = ca.issue({ subject: `CN=${clientId}` })
  const attempt = connecting(server, { ...issued, clientId })
  await attempt().catch(() => {}) // it is registered then
  await server.iot.send(
    new Iot.CreatePolicyCommand({ policyName: clientId, policyDocument: policyOf('iot:*') }),
  )
  const target = `arn:aws:iot:us-east-1:000000000000:cert/${certificateId}`
  await server.iot.send(new Iot.AttachPolicyCommand({ policyName: clientId, target }))
  return { subject: certificateId, attempt }
}

async function deniedConnect(server: TestServer) {
  const device = await issue(server, [])
  return { subject: device.certificateId, attempt: connecting(server, device) }
}

const deniedWill = async (server: TestServer) => {
  const device = await issue(server, ['iot:Connect'])
  const will = { topic: 'gone', payload: Buffer.from('x'), qos: 1 as const, retain: false }
  return { subject: device.certificateId, attempt: connecting(server, { ...device, mqtt: { will } }) }
}

/** Connects, and does one thing more, which its policy does not allow. */
async function doing(server: TestServer, what: 'publish' | 'subscribe'): Promise<RefusedDevice> {
  const device = await issue(server, ['iot:Connect'])
  return {
    subject: device.certificateId,
    async attempt() {
      const client = await connectDevice(server, device)
      const ending = new Promise<never>((_, reject) => {
        client.once('close', () => reject(new Error('closed')))
      })
      ending.catch(() => {})
      const topic = `of/${device.clientId}`
      const done =
        what === 'publish'
          ? client.publishAsync(topic, 'x', { qos: 1 })
          : client.subscribeAsync(topic, { qos: 1 }).then(([granted]) => {
              if (!granted || granted.qos === 128) throw new Error('denied')
            })
      try {
        await Promise.race([done, ending])
      } finally {
        client.end(true)
      }
    },
  }
}

/** Is connected, and then its policy is taken away. */
async function endedLater(server: TestServer) {
  const device = await issue(server)
  const client = await connectDevice(server, device)
  const isEnded = closed(client)
  await server.iot.send(
    new Iot.DetachPolicyCommand({ policyName: device.clientId, target: device.certificateArn }),
  )
  await isEnded
  client.end(true)
  return { subject: device.certificateId, attempt: connecting(server, device) }
}

async function atDisabledDomain(server: TestServer) {
  const device = await issue(server)
  const domainConfigurationName = nextName()
  const made = await server.iot.send(new Iot.CreateDomainConfigurationCommand({ domainConfigurationName }))
  const { domainName } = await server.iot.send(
    new Iot.DescribeDomainConfigurationCommand({ domainConfigurationName }),
  )
  await server.iot.send(
    new Iot.UpdateDomainConfigurationCommand({
      domainConfigurationName,
      domainConfigurationStatus: 'DISABLED',
    }),
  )
  const servername = domainName ?? made.domainConfigurationName!
  return { attempt: connecting(server, { ...device, mqtt: { servername, rejectUnauthorized: false } }) }
}

/** Tries once, and is refused. */
const refused =
  (make: (server: TestServer) => Promise<RefusedDevice>) =>
  async (server: TestServer): Promise<RefusedDevice> => {
    const device = await make(server)
    const isIn = await device.attempt().then(
      () => true,
      () => false,
    )
    if (isIn) throw new Error('the device got in, which was to be refused')
    return device
  }

/** By reason code: the button that mends it, and a device that is refused so. */
export const refusals: readonly {
  code: string
  button: string
  make: (server: TestServer) => Promise<RefusedDevice>
}[] = [
  { code: 'registration-announced', button: 'Activate the certificate', make: refused(waiting) },
  { code: 'certificate-inactive', button: 'Activate the certificate', make: refused(refusedBy('INACTIVE')) },
  { code: 'certificate-revoked', button: 'Activate the certificate', make: refused(refusedBy('REVOKED')) },
  {
    code: 'ca-inactive',
    button: 'Activate the CA',
    make: refused((server) => provisionedBy(server, { input: { setAsActive: false } })),
  },
  {
    code: 'auto-registration-off',
    button: 'Enable auto-registration',
    make: refused((server) => provisionedBy(server, { input: { allowAutoRegistration: false } })),
  },
  { code: 'revocation-unknown', button: 'Let devices in without a list', make: refused(withoutList) },
  {
    code: 'provisioning-failed',
    button: 'Give the role what registration needs',
    make: refused(withoutRights),
  },
  { code: 'connect-denied', button: 'Attach the suggested statement', make: refused(deniedConnect) },
  { code: 'will-denied', button: 'Attach the suggested statement', make: refused(deniedWill) },
  {
    code: 'publish-denied',
    button: 'Attach the suggested statement',
    make: refused((server) => doing(server, 'publish')),
  },
  {
    code: 'subscribe-denied',
    button: 'Attach the suggested statement',
    make: refused((server) => doing(server, 'subscribe')),
  },
  { code: 'connect-no-longer-allowed', button: 'Attach the suggested statement', make: endedLater },
  { code: 'domain-disabled', button: 'Enable the domain configuration', make: refused(atDisabledDomain) },
]
