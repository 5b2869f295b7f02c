/** New devices whose first words are HTTPS, with the real onboarding and policies, as `curl` sees it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeCa, type TestCertificate, toPair } from '../../../../test/helpers/certificates.ts'
import {
  accountId,
  openFleet,
  registerCa,
  registerJitpCa,
  templateOf,
  type Fleet,
} from '../../../../test/helpers/fleet.ts'
import { findCertificate } from '../../../pki/certificates/index.ts'
import { openMessages } from '../../../messaging/data-plane/index.ts'
import { createDeviceAuthorizer, iotPoliciesOperations } from '../../../rights/iot-policies/index.ts'
import { openSessions } from '../../../messaging/sessions/index.ts'
import { startGateway, type Gateway } from '../gateway.ts'
import { patienceMs } from '../../../../test/helpers/patience.ts'

const serverCa = makeCa({ subject: 'CN=Server Root' })
const server = serverCa.issue({ subject: 'CN=localhost', dnsNames: ['localhost'] })

let fleet: Fleet
let gateway: Gateway
let directory: string
let stack: AsyncDisposableStack
let topics: string[]

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  fleet = stack.use(await openFleet())
  const { store, fabric, now } = fleet
  const authorizer = stack.use(createDeviceAuthorizer({ store, fabric }))
  const messages = await openMessages({ store, fabric, now })
  const sessions = stack.use(
    await openSessions({
      store,
      fabric,
      now,
      publish: (message) => messages.publish(message),
      random: () => 0,
      log: { error: (...parts: unknown[]) => expect.fail(JSON.stringify(parts)) },
      onDropped: () => expect.fail('no session is persistent'),
    }),
  )
  gateway = stack.use(
    await startGateway({
      host: '127.0.0.1',
      ports: { mqtt: 0, https: 0 },
      tls: [toPair(server)],
      accountId,
      region: 'us-east-1',
      fabric,
      messages,
      sessions,
      onboarding: fleet.onboarding,
      authorizer,
      certificateStatus: async (account, id) => (await findCertificate(store.read, account, id))?.status,
      record: (entry) => fleet.entries.push(entry),
      log: { error: (...parts: unknown[]) => expect.fail(JSON.stringify(parts)) },
      now,
    }),
  )
  directory = mkdtempSync(join(tmpdir(), 'https-'))
  stack.defer(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'root.pem'), serverCa.certificatePem)
  topics = []
  fabric.subscribe(accountId, '#', ({ topic }) => topics.push(topic))
})
afterEach(() => stack.disposeAsync())

/** What curl prints, and its exit code: 52 is an empty reply. */
function curl(
  device: TestCertificate,
  path: string,
  ...more: string[]
): Promise<{ output: string; code: number }> {
  writeFileSync(join(directory, 'device.pem'), device.certificatePem)
  writeFileSync(join(directory, 'device.key'), device.privateKeyPem)
  const identity = ['--cacert', 'root.pem', '--cert', 'device.pem', '--key', 'device.key']
  const url = `https://localhost:${gateway.ports.https}${path}`
  const args = ['-sS', '-w', ' %{http_code}', ...identity, '-d', 'hello', ...more, url]
  return new Promise((resolve) => {
    execFile('curl', args, { cwd: directory, timeout: patienceMs }, (error, stdout, stderr) =>
      resolve({ output: stdout + stderr, code: error ? Number(error.code) : 0 }),
    )
  })
}

const codes = () => fleet.entries.map(({ code }) => code)
const setStatus = (certificateId: string, newStatus: 'ACTIVE' | 'INACTIVE' | 'REVOKED') =>
  fleet.certificates.UpdateCertificate({ certificateId, newStatus }, fleet.context)

async function grantPublish(device: TestCertificate) {
  const policies = iotPoliciesOperations(fleet)
  const { certificateArn } = (await findCertificate(fleet.store.read, accountId, device.certificateId)) ?? {}
  const policyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: '*' }],
  })
  await policies.CreatePolicy({ policyName: 'publish', policyDocument }, fleet.context)
  await policies.AttachPolicy({ policyName: 'publish', target: certificateArn ?? '' }, fleet.context)
}

it('registers by an empty reply, then forbids, then publishes once a policy allows', async () => {
  const ca = await registerCa(fleet)
  const device = ca.issue({ subject: 'O=No common name' })
  const path = '/topics/lamps/1?qos=1'
  const empty = await curl(device, path)
  expect(empty).toMatchObject({ code: 52 })
  expect(empty.output).toContain('Empty reply from server')
  expect(await curl(device, path)).toMatchObject({ code: 52 })
  expect(fleet.events.map(({ publisher }) => publisher?.clientId)).toEqual([undefined, undefined])
  expect(codes()).toEqual(['certificate-registered', 'registration-announced', 'registration-announced'])
  await setStatus(device.certificateId, 'ACTIVE')
  expect((await curl(device, path)).output).toMatch(
    /^\{"message":"Forbidden","traceId":"[0-9a-f-]{36}"\} 403$/,
  )
  await grantPublish(device)
  expect((await curl(device, path)).output).toMatch(/^\{"message":"OK","traceId":"[0-9a-f-]{36}"\} 200$/)
  expect((await curl(device, path, '--alpn')).output).toMatch(/ 200$/)
  expect(topics).toEqual(['lamps/1', 'lamps/1'])
  await setStatus(device.certificateId, 'REVOKED')
  expect(await curl(device, path)).toMatchObject({ code: 52 })
  expect(codes().slice(-2)).toEqual(['publish-denied', 'certificate-revoked'])
})

it('provisions by a template and answers the same request', async () => {
  const policy = {
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: '*' }],
    }),
  }
  const ca = await registerJitpCa(fleet, templateOf({ policy }))
  const device = ca.issue({ subject: 'CN=lamp-1' })
  expect((await curl(device, '/topics/lamps%2F1')).output).toMatch(/"OK".* 200$/)
  expect(topics).toEqual(['lamps/1'])
  expect(codes()).toEqual(['certificate-registered', 'provisioned'])
})

it('provisions and closes where the CA asks for it', async () => {
  const ca = await registerJitpCa(fleet, templateOf(), { firstConnection: 'close' })
  const device = ca.issue({ subject: 'CN=lamp-1' })
  expect(await curl(device, '/topics/a')).toMatchObject({ code: 52 })
  expect((await curl(device, '/topics/a')).output).toMatch(/ 403$/)
  expect(codes()).toEqual([
    'certificate-registered',
    'provisioned',
    'first-connection-closed',
    'publish-denied',
  ])
})

it.each([
  ['an unknown CA', undefined, 'ca-unknown'],
  ['a CA that registers nobody', { autoRegistration: false }, 'auto-registration-off'],
  ['an inactive CA', { active: false }, 'ca-inactive'],
] as const)('gives a device of %s an empty reply', async (_title, options, code) => {
  const ca = options ? await registerCa(fleet, options) : makeCa()
  expect(await curl(ca.issue(), '/topics/a')).toMatchObject({ code: 52 })
  expect(codes()).toEqual([code])
  expect(fleet.events).toEqual([])
})

it.each([4, 5] as const)(
  'holds a first MQTT connection (level %i) until it is let in',
  async (protocolVersion) => {
    const ca = await registerCa(fleet, { firstConnection: 'hold' })
    const device = ca.issue()
    fleet.fabric.subscribe(accountId, '$aws/events/certificates/#', () => {
      const enrol = async () => {
        const policies = iotPoliciesOperations(fleet)
        const { certificateArn } =
          (await findCertificate(fleet.store.read, accountId, device.certificateId)) ?? {}
        const policyDocument = JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }],
        })
        await policies.CreatePolicy({ policyName: 'all', policyDocument }, fleet.context)
        await policies.AttachPolicy({ policyName: 'all', target: certificateArn ?? '' }, fleet.context)
        await setStatus(device.certificateId, 'ACTIVE')
      }
      void enrol()
    })
    const client = await connectAsync(
      `mqtts://localhost:${gateway.ports.mqtt}`,
      {
        ca: serverCa.certificatePem,
        cert: device.certificatePem,
        key: device.privateKeyPem,
        reconnectPeriod: 0,
        protocolVersion,
        clientId: 'held',
      },
      false,
    )
    expect(codes()).toEqual(['certificate-registered', 'registration-announced', 'connected'])
    await client.endAsync()
  },
)
