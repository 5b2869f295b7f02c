/** Functions that decide about new devices, as published and unmodified, and the devices that they decide about. */
import { readFileSync } from 'node:fs'
import {
  DescribeThingCommand,
  ListAttachedPoliciesCommand,
  ListThingPrincipalsCommand,
} from '@aws-sdk/client-iot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CertificateOptions, TestCertificate } from '../helpers/certificates.ts'
import { connectDevice } from '../helpers/device.ts'
import { createDevicePolicy, logOf, openRegistration, untilStatus, eventually } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
/** On a busy machine a function may take long; what is tested is what follows from its decision. */
const patient = { firstConnectionHoldMs: 100_000 }
beforeEach(async () => void (server = await startTestServer({}, patient)))
afterEach(() => server[Symbol.asyncDispose]())

const example = (name: string) => readFileSync(`docs/examples/${name}`, 'utf8')
const version2 = { files: { 'index.js': example('activate-device-v2.js') } }

/** Shows up, is closed without an answer, and is activated meanwhile. */
async function showUp(device: TestCertificate, clientId = device.certificateId): Promise<void> {
  await expect(connectDevice(server, { ...device, clientId })).rejects.toThrow('closed')
  await untilStatus(server, device.certificateId, 'ACTIVE')
}

describe('a function of docs/examples', () => {
  it('onboards a device with version 2 of the SDK and callbacks', async () => {
    const { ca } = await openRegistration(server, version2)
    const device = ca.issue({ subject: 'CN=lamp' })
    await showUp(device)
    const client = await connectDevice(server, { ...device, clientId: device.certificateId })
    await client.publishAsync(`foo/bar/${device.certificateId}/x`, 'Hello', { qos: 1 })
    await client.endAsync()
    expect(await eventually(async () => (await logOf(server)).includes('REPORT') && logOf(server))).toContain(
      `activated ${device.certificateId}`,
    )
    const codes = (await server.report(device.certificateId)).entries.map(({ code }) => code)
    expect(codes).toEqual(
      expect.arrayContaining(['certificate-registered', 'registration-announced', 'connected']),
    )
  })

  it('onboards a device with version 3 of the SDK as an ES module', async () => {
    const policyName = await createDevicePolicy(server)
    const { ca } = await openRegistration(server, {
      files: { 'index.mjs': example('activate-device-v3.mjs') },
      Environment: { Variables: { POLICY_NAME: policyName } },
    })
    const device = ca.issue({ subject: 'CN=lamp' })
    await showUp(device)
    const client = await connectDevice(server, device)
    await client.publishAsync('foo/bar', 'Hello', { qos: 1 })
    await client.endAsync()
    const { thingName } = await server.iot.send(new DescribeThingCommand({ thingName: 'lamp' }))
    const { principals } = await server.iot.send(new ListThingPrincipalsCommand({ thingName }))
    expect(principals).toEqual([expect.stringContaining(device.certificateId)])
    const { policies } = await server.iot.send(new ListAttachedPoliciesCommand({ target: principals![0]! }))
    expect(policies).toMatchObject([{ policyName }])
  })

  it('revokes the devices of its revocation list and lets the others in', async () => {
    const policyName = await createDevicePolicy(server)
    const serialNumber = 0x0badn
    const { ca } = await openRegistration(server, {
      files: {
        'index.mjs': example('check-revocation-list.mjs'),
        'revoked.json': JSON.stringify(['0BAD', 'FFFF']),
      },
      Environment: { Variables: { POLICY_NAME: policyName } },
    })
    const stolen = ca.issue({ subject: 'CN=stolen', serialNumber })
    await expect(connectDevice(server, stolen)).rejects.toThrow('closed')
    await untilStatus(server, stolen.certificateId, 'REVOKED')
    await expect(connectDevice(server, stolen)).rejects.toThrow('closed')
    const { entries } = await server.report(stolen.certificateId)
    expect(entries.at(-1)).toMatchObject({ code: 'certificate-revoked' })
    expect(await eventually(async () => (await logOf(server)).includes('REPORT') && logOf(server))).toContain(
      'on the revocation list 0BAD',
    )

    for (const name of ['lamp-1', 'lamp-2']) {
      const device = ca.issue({ subject: `CN=${name}` })
      await showUp(device)
      await (await connectDevice(server, device)).endAsync()
    }
  })
})

describe('a device that a function onboards', () => {
  const noCommonName = Object.entries({ C: 'US', O: 'Zymbit' })
  const kinds: [string, CertificateOptions][] = [
    ['has no common name', { subject: noCommonName }],
    ['has an empty subject', { subject: [] }],
    ['has an EC key', { subject: 'CN=lamp', keyType: 'P-256' }],
    ['has an EC key on P-384', { subject: 'CN=lamp', keyType: 'P-384' }],
    ['has an RSA key', { subject: 'CN=lamp', keyType: 'RSA-2048' }],
    ['has an RSA key and no common name', { subject: noCommonName, keyType: 'RSA-2048' }],
  ]
  it.each(kinds)('works when it %s', async (_, options) => {
    const { ca } = await openRegistration(server, version2)
    const device = ca.issue(options)
    await showUp(device)
    const client = await connectDevice(server, { ...device, clientId: device.certificateId })
    expect(client.connected).toBe(true)
    await client.publishAsync(`foo/bar/${device.certificateId}/x`, 'Hello', { qos: 1 })
    await client.endAsync()
  })

  it('gets a thing named by its certificate id when it has no common name', async () => {
    const policyName = await createDevicePolicy(server)
    const { ca } = await openRegistration(server, {
      files: { 'index.mjs': example('activate-device-v3.mjs') },
      Environment: { Variables: { POLICY_NAME: policyName } },
    })
    const device = ca.issue({ subject: noCommonName })
    await showUp(device)
    const thing = await server.iot.send(new DescribeThingCommand({ thingName: device.certificateId }))
    expect(thing.thingName).toBe(device.certificateId)
  })
})

describe('a first connection that the CA asks to hold', () => {
  const tags = [{ Key: 'muster:first-connection', Value: 'hold' }]

  it('ends in CONNACK, and works, once the function has activated the device', async () => {
    const { ca } = await openRegistration(server, { ...version2, tags })
    const device = ca.issue({ subject: 'CN=lamp' })
    const client = await connectDevice(server, { ...device, clientId: device.certificateId })
    await client.publishAsync(`foo/bar/${device.certificateId}/x`, 'Hello', { qos: 1 })
    await client.endAsync()
    const codes = (await server.report(device.certificateId)).entries.map(({ code }) => code)
    expect(codes.filter((code) => code === 'registration-announced')).toHaveLength(1)
    expect(codes).toContain('connected')
  })

  it('is closed when the function revokes the device', async () => {
    const policyName = await createDevicePolicy(server)
    const { ca } = await openRegistration(server, {
      tags,
      files: {
        'index.mjs': example('check-revocation-list.mjs'),
        'revoked.json': JSON.stringify(['0BAD']),
      },
      Environment: { Variables: { POLICY_NAME: policyName } },
    })
    const stolen = ca.issue({ subject: 'CN=stolen', serialNumber: 0x0badn })
    await expect(connectDevice(server, stolen)).rejects.toThrow('closed')
    const { entries, certificates } = await server.report(stolen.certificateId)
    expect(certificates).toMatchObject([{ status: 'REVOKED' }])
    expect(entries.map(({ code }) => code)).toContain('certificate-revoked')
  })
})
