/** The JITP journey: each step does the real thing through the public API and checks what came of it. */
import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { renderReport, type DeviceReport } from '../../journal/index.ts'
import { CommandError } from '../command.ts'
import type { RunningServer } from '../running-server.ts'
import { signedRequest, type ApiRequest } from '../signed-request.ts'
import { issue, makeAuthority, type Authority } from './certificates.ts'
import { publishOnce } from './device.ts'
import { tourTemplate, tourTrustPolicy } from './template.ts'

const deviceName = 'lamp-1'
const clientId = 'lamp-1'
const topic = 'lamps/lamp-1/hello'

export interface Tour {
  server: RunningServer
  /** Shows a heading. */
  step: (text: string) => void
  /** Shows a fact below it. */
  show: (text: string) => void
}

export async function jitpJourney(tour: Tour): Promise<void> {
  const { server, step, show } = tour
  const { endpoints, rootKey } = server
  const target = { apiUrl: endpoints.apiUrl, region: endpoints.region, ...rootKey }
  const call: Call = (request) => signedRequest(target, { service: 'iot', ...request })

  step('A maker has a CA; it signs the devices on the production line.')
  const authority = await makeAuthority('CN=Tour Lamps CA, O=Tour Lamps, C=NL')
  show(`CA certificate   ${authority.certificate.subject}`)

  step('The maker makes a role that provisioning runs under.')
  const roleArn = await createRole(server)
  show(`role             ${roleArn}`)

  step('The maker proves that it holds the CA key, and registers the CA with a provisioning template.')
  for (const line of await registerAuthority(call, { authority, roleArn })) show(line)

  step('A device that nobody has told the server about gets its key and certificate, and connects.')
  const certificateId = await onboardDevice(server, authority)
  show('mutual TLS, CONNACK 0, PUBLISH at QoS 1, PUBACK: on its first connection')

  step('What came to be, as any AWS tool sees it:')
  for (const line of await readBack(call, certificateId)) show(line)

  step(`What the journal says (npx muster explain ${deviceName}):`)
  for (const line of await readJournal(call, certificateId)) show(line)
}

interface Registration {
  authority: Authority
  roleArn: string
}

async function registerAuthority(call: Call, { authority, roleArn }: Registration): Promise<string[]> {
  const { registrationCode } = (await call({ method: 'GET', path: '/registrationcode' })) as {
    registrationCode: string
  }
  const verification = await issue(authority, `CN=${registrationCode}`)
  const registered = (await call({
    method: 'POST',
    path: '/cacertificate?setAsActive=true&allowAutoRegistration=true',
    body: JSON.stringify({
      caCertificate: authority.certificate.toString('pem'),
      verificationCertificate: verification.certificatePem,
      registrationConfig: { roleArn, templateBody: tourTemplate },
    }),
  })) as { certificateId: string }
  return [
    `registration code ${registrationCode.slice(0, 16)}…`,
    `CA registered    ${registered.certificateId.slice(0, 16)}…`,
  ]
}

/** Resolves with the certificate id after the device's first connection and PUBACK. */
async function onboardDevice({ endpoints }: RunningServer, authority: Authority): Promise<string> {
  const device = await issue(authority, `CN=${deviceName}, O=Tour Lamps, C=NL`)
  const rootCa = readFileSync(endpoints.rootCaFile, 'utf8')
  const reach = {
    host: '127.0.0.1',
    port: endpoints.mqttPort,
    serverName: endpoints.endpoint,
    rootCa,
    clientId,
  }
  await publishOnce({ ...device, ...reach }, topic, 'Hello')
  return new X509Certificate(device.certificatePem).fingerprint256.replaceAll(':', '').toLowerCase()
}

async function readJournal(call: Call, certificateId: string): Promise<string[]> {
  const path = `/muster/v1/explain?subject=${certificateId}`
  const report = (await call({ service: 'muster', method: 'GET', path })) as DeviceReport
  for (const code of ['certificate-registered', 'provisioned', 'connected']) {
    const found = report.entries.some((entry) => entry.code === code)
    if (!found) throw new CommandError(`the journal holds no "${code}" entry`)
  }
  return renderReport(report).trimEnd().split('\n')
}

type Call = (request: Omit<ApiRequest, 'service'> & { service?: string }) => Promise<unknown>

async function readBack(call: Call, certificateId: string): Promise<string[]> {
  const get = (path: string) => call({ method: 'GET', path })
  const thing = (await get(`/things/${deviceName}`)) as {
    attributes: Record<string, string>
    thingArn: string
  }
  const { certificateDescription } = (await get(`/certificates/${certificateId}`)) as {
    certificateDescription: { status: string; certificateArn: string }
  }
  const { certificateArn, status } = certificateDescription
  const attached = (await call({
    method: 'POST',
    path: `/attached-policies/${encodeURIComponent(certificateArn)}`,
  })) as {
    policies: { policyName: string }[]
  }
  const { principals } = (await get(`/things/${deviceName}/principals`)) as { principals: string[] }
  if (thing.attributes['country'] !== 'NL')
    throw new CommandError('the thing lacks the attribute from the certificate')
  if (status !== 'ACTIVE') throw new CommandError(`the certificate is ${status}, not ACTIVE`)
  if (!principals.includes(certificateArn))
    throw new CommandError('the certificate is not attached to the thing')
  const [policy] = attached.policies
  if (!policy) throw new CommandError('no policy is attached to the certificate')
  return [
    `thing            ${thing.thingArn} ${JSON.stringify(thing.attributes)}`,
    `certificate      ${certificateId.slice(0, 16)}… ${status}, attached to the thing`,
    `policy           ${policy.policyName}, attached to the certificate`,
  ]
}

async function createRole(server: RunningServer): Promise<string> {
  const { endpoints, rootKey } = server
  const target = { apiUrl: endpoints.apiUrl, region: endpoints.region, ...rootKey }
  const iam = (parameters: Record<string, string>) =>
    signedRequest(target, {
      service: 'iam',
      method: 'POST',
      path: '/',
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString(),
    })
  await iam({ Action: 'CreateRole', RoleName: 'JITPRole', AssumeRolePolicyDocument: tourTrustPolicy })
  const policyArn = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'
  await iam({ Action: 'AttachRolePolicy', RoleName: 'JITPRole', PolicyArn: policyArn })
  return `arn:aws:iam::${endpoints.accountId}:role/JITPRole`
}
