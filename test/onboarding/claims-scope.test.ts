/** The policy that AWS's documents give a claim lets it ask to be provisioned, and do nothing else. */
import { request } from 'node:https'
import { ListCertificatesCommand } from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, createClaim, createFleetTemplate, createTopic, type Claim } from '../helpers/claims.ts'
import { connectDevice, listen, type Listener } from '../helpers/device.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let claim: Claim
let client: MqttClient
let heard: Listener
beforeEach(async () => {
  server = await startTestServer()
  await createFleetTemplate(server)
  claim = await createClaim(server)
  heard = await listen(server, '#')
  await heard.client.subscribeAsync(['$aws/things/#', '$aws/certificates/#', '$aws/provisioning-templates/#'])
  client = await connectDevice(server, { ...claim, clientId: 'new', protocolVersion: 5 })
})
afterEach(async () => {
  await client.endAsync(true)
  await heard[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** Once what an operator says behind it has come: nothing of the claim's has. */
async function expectSilence(): Promise<void> {
  await heard.client.publishAsync('behind/all', '', { qos: 1 })
  const messages = await heard.atLeast(1)
  expect(messages.map(({ topic }) => topic)).toEqual(['behind/all'])
}

const refused = /Not authorized|Topic Name invalid/

describe('a claim may not publish', () => {
  it.each([
    'lamps/7',
    '$aws/rules/any/lamps/7',
    '$aws/things/lamp-7/shadow/update',
    '$aws/things/lamp-7/shadow/get',
    '$aws/things/lamp-7/shadow/name/x/delete',
    '$aws/things/lamp-7/jobs/get',
    '$aws/things/lamp-7/defender/metrics/json',
    '$aws/things/lamp-7/streams/s/get/json',
    '$aws/provisioning-templates/other/provision/json',
    '$aws/provisioning-templates/lamps/provision/json/accepted',
    '$aws/certificates/create/json/accepted',
    '$aws/certificates/create-from-csr/json/rejected',
    '$aws/certificates/create',
    '$aws/events/presence/connected/lamp-7',
    '$aws/events/certificates/registered/x',
  ])('to %s', async (topic) => {
    await expect(client.publishAsync(topic, '{}', { qos: 1 })).rejects.toThrow(refused)
    await expectSilence()
  })

  it('a retained message, not even where it may publish', async () => {
    const retained = { qos: 1, retain: true } as const
    await expect(client.publishAsync(`${createTopic}/json`, '{}', retained)).rejects.toThrow(refused)
  })

  it('over HTTPS', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const { endpoint, httpsPort } = server.endpoints
      const identity = { cert: claim.certificatePem, key: claim.privateKeyPem, ca: server.rootCa }
      const where = {
        host: '127.0.0.1',
        servername: endpoint,
        port: httpsPort,
        path: '/topics/lamps/7?qos=1',
      }
      const asked = request({ ...where, ...identity, method: 'POST' }, ({ statusCode }) =>
        resolve(statusCode),
      )
      asked.on('error', reject).end('{}')
    })
    expect(answer).toBe(403)
    await expectSilence()
  })
})

describe('a claim may not subscribe', () => {
  it.each([
    '#',
    'lamps/7',
    '$share/group/lamps/7',
    '$aws/events/#',
    '$aws/things/+/shadow/#',
    '$aws/things/lamp-7/shadow/get/accepted',
    '$aws/things/lamp-7/jobs/notify',
    '$aws/certificates/#',
    '$aws/provisioning-templates/+/provision/json/accepted',
    '$aws/provisioning-templates/other/provision/json/accepted',
  ])('to %s', async (filter) => {
    const granted = await client.subscribeAsync(filter).catch(() => [])
    expect(granted.filter(({ qos }) => qos < 0x80)).toEqual([])
  })
})

it('a claim may not leave a will', async () => {
  const mqtt = { will: { topic: 'lamps/7', payload: Buffer.from('x'), qos: 1, retain: false } } as const
  await expect(connectDevice(server, { ...claim, clientId: 'other', mqtt })).rejects.toThrow('closed')
})

it('what it asks over HTTPS is answered by nobody, and makes nothing', async () => {
  await ask(client, createTopic) // as it should be
  const { endpoint, httpsPort } = server.endpoints
  const identity = { cert: claim.certificatePem, key: claim.privateKeyPem, ca: server.rootCa }
  const path = `/topics/${encodeURIComponent(`${createTopic}/json`)}?qos=1`
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const where = { host: '127.0.0.1', servername: endpoint, port: httpsPort, path, method: 'POST' }
    const asked = request({ ...where, ...identity }, ({ statusCode }) => resolve(statusCode))
    asked.on('error', reject).end('{}')
  })
  expect(answer).toBe(200)
  const { entries } = await server.report(claim.certificateId)
  const codes = entries.map(({ code }) => code)
  expect(codes).toContain('claim-unheard')
  expect(codes).not.toContain('claim-certificate-issued') // that is told of the new certificate, and there is one
  expect((await server.iot.send(new ListCertificatesCommand({}))).certificates).toHaveLength(3)
})
