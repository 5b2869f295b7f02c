/** The JITP journey: each step does the real thing through the public API and checks what came of it. */
import { CommandError } from '../command.ts'
import {
  callAs,
  certificateIdOf,
  createRole,
  deviceOptions,
  readJournal,
  registerAuthority,
  statusOf,
  type Call,
  type Tour,
} from './api.ts'
import { issue, makeAuthority } from './certificates.ts'
import { publishOnce } from './device.ts'
import { tourTemplate } from './template.ts'

const deviceName = 'lamp-1'

export async function jitpJourney({ server, step, show }: Tour): Promise<void> {
  const call = callAs(server)
  step('Just-in-time provisioning. A maker has a CA; it signs the devices on the production line.')
  const authority = await makeAuthority('CN=Tour Lamps CA, O=Tour Lamps, C=NL')
  show(`CA certificate   ${authority.certificate.subject}`)

  step('The maker makes a role that provisioning runs under.')
  const policyArn = 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration'
  const role = { name: 'JITPRole', service: 'iot.amazonaws.com', policyArn }
  const roleArn = await createRole(call, server.endpoints.accountId, role)
  show(`role             ${roleArn}`)

  step('The maker proves that it holds the CA key, and registers the CA with a provisioning template.')
  const caCertificateId = await registerAuthority(call, authority, { roleArn, templateBody: tourTemplate })
  show(`CA registered    ${caCertificateId}`)

  step('A device that nobody has told the server about gets its key and certificate, and connects.')
  const device = await issue(authority, `CN=${deviceName}, O=Tour Lamps, C=NL`)
  await publishOnce(deviceOptions(server, device, deviceName), 'lamps/lamp-1/hello', 'Hello')
  show('mutual TLS, CONNACK 0, PUBLISH at QoS 1, PUBACK: on its first connection')

  step('What came to be, as any AWS tool sees it:')
  for (const line of await readBack(call, certificateIdOf(device))) show(line)

  step(`What the journal says (npx muster explain ${deviceName}):`)
  const codes = ['certificate-registered', 'provisioned', 'connected']
  for (const line of await readJournal(call, certificateIdOf(device), codes)) show(line)
}

async function readBack(call: Call, certificateId: string): Promise<string[]> {
  const get = (path: string) => call({ method: 'GET', path })
  const thing = (await get(`/things/${deviceName}`)) as {
    attributes: Record<string, string>
    thingArn: string
  }
  const { principals } = (await get(`/things/${deviceName}/principals`)) as { principals: string[] }
  const certificateArn = principals.find((principal) => principal.endsWith(`:cert/${certificateId}`))
  if (certificateArn === undefined) throw new CommandError('the certificate is not attached to the thing')
  const path = `/attached-policies/${encodeURIComponent(certificateArn)}`
  const { policies } = (await call({ method: 'POST', path })) as { policies: { policyName: string }[] }
  const status = await statusOf(call, certificateId)
  if (thing.attributes['country'] !== 'NL')
    throw new CommandError('the thing lacks the attribute from the certificate')
  if (status !== 'ACTIVE') throw new CommandError(`the certificate is ${status}, not ACTIVE`)
  const [policy] = policies
  if (!policy) throw new CommandError('no policy is attached to the certificate')
  return [
    `thing            ${thing.thingArn} ${JSON.stringify(thing.attributes)}`,
    `certificate      ${certificateId.slice(0, 16)}… ${status}, attached to the thing`,
    `policy           ${policy.policyName}, attached to the certificate`,
  ]
}
