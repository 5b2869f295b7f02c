/** Webhooks that CAs and templates name by the tag `muster:hook`, over real TLS. */
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  CreateProvisioningTemplateCommand,
  DescribeThingCommand,
  ListCertificatesByCACommand,
  ListThingsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { targetOf } from '../../src/cli/running-server.ts'
import { signedRequest } from '../../src/cli/signed-request.ts'
import { makeCa, toPair } from '../helpers/certificates.ts'
import {
  ask,
  createClaim,
  createFleetTemplate,
  createTopic,
  provisionTopic,
  templateName,
  unlimitedClaims,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import {
  createProvisioningRole,
  provisioningTemplate,
  registerCa,
  type RegisteredCa,
} from '../helpers/jitp.ts'
import { freshDirectory, startServerProcess, type ServerProcess } from '../helpers/server.ts'

const secret = randomBytes(32).toString('hex')
const root = makeCa({ subject: 'CN=Web root' })
const asked: { body: string; headers: IncomingHttpHeaders }[] = []
let answer: { status: number; text: string }
const allow = (parameterOverrides?: object) => JSON.stringify({ allowProvisioning: true, parameterOverrides })

const service = createServer(toPair(root.issue({ subject: 'CN=localhost', dnsNames: ['localhost'] })))
service.on('request', (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    asked.push({ body: Buffer.concat(chunks).toString(), headers: request.headers })
    response.writeHead(answer.status).end(answer.text)
  })
})

const directory = freshDirectory()
let server: ServerProcess
let ca: RegisteredCa
let caArn: string
let hook: string
beforeAll(async () => {
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const { port } = service.address() as AddressInfo
  hook = `https://localhost:${port}/hook`
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text)
    return join(directory, name)
  }
  server = await startServerProcess(
    {
      'log-level': 'error',
      'outbound-allow': `127.0.0.1:${port}`,
      'hook-secret-file': file('secret', secret),
      limits: unlimitedClaims(directory),
    },
    { NODE_EXTRA_CA_CERTS: file('root.pem', root.certificatePem) },
  )
  const roleArn = await createProvisioningRole(server)
  const template = JSON.parse(provisioningTemplate()) as { Parameters: object; Resources: object }
  const templateBody = JSON.stringify({
    ...template,
    Parameters: { ...template.Parameters, Room: { Type: 'String', Default: 'cellar' } },
  }).replace('"v1"', '{"Ref":"Room"}')
  await server.iot.send(
    new CreateProvisioningTemplateCommand({
      templateName: 'first',
      templateBody,
      provisioningRoleArn: roleArn,
      type: 'JITP',
    }),
  )
  ca = await registerCa(server, { registrationConfig: { templateName: 'first' } })
  caArn = arnOf(`cacert/${ca.caCertificateId}`)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  service.closeAllConnections()
  service.close()
  rmSync(directory, { recursive: true, force: true })
})
beforeEach(() => {
  asked.length = 0
  answer = { status: 200, text: allow() }
})

const arnOf = (resource: string) =>
  `arn:aws:iot:${server.endpoints.region}:${server.endpoints.accountId}:${resource}`
const setHook = (resourceArn: string) =>
  server.iot.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'muster:hook', Value: hook }] }))
const unsetHook = (resourceArn: string) =>
  server.iot.send(new UntagResourceCommand({ resourceArn, tagKeys: ['muster:hook'] }))

const connect = (name: string) => {
  const device = ca.issue({
    subject: [
      ['C', 'NL'],
      ['CN', name],
    ],
  })
  return { device, connected: connectDevice(server, { ...device, clientId: name }) }
}
const attributesOf = async (thingName: string) =>
  (await server.iot.send(new DescribeThingCommand({ thingName }))).attributes
const lastRefusal = async (subject: string) => {
  const { entries } = await server.report(subject)
  return entries.findLast(({ code }) => code.startsWith('hook-'))
}

describe('a CA with a webhook', () => {
  beforeAll(() => setHook(caArn))
  afterAll(() => unsetHook(caArn))

  it('asks it, signed, before a device is provisioned, and not when the device comes back', async () => {
    answer.text = allow({ Room: 'attic', 'AWS::IoT::Certificate::Country': 'XX' })
    const { device, connected } = connect('lamp-1')
    await (await connected).endAsync()
    const [{ body, headers }] = asked as [(typeof asked)[0]]
    expect(JSON.parse(body)).toEqual({
      claimCertificateId: '',
      certificateId: device.certificateId,
      certificatePem: device.certificatePem,
      templateArn: arnOf('provisioningtemplate/first'),
      clientId: 'lamp-1',
      parameters: expect.objectContaining({ 'AWS::IoT::Certificate::CommonName': 'lamp-1' }),
    })
    const signed = `${headers['x-muster-timestamp'] as string}.${body}`
    const signature = createHmac('sha256', secret).update(signed).digest('hex')
    expect(headers['x-muster-signature']).toBe(`v1=${signature}`)
    // what the certificate says stands, whatever the webhook sets
    expect(await attributesOf('lamp-1')).toEqual({ version: 'attic', country: 'NL' })
    await (await connectDevice(server, { ...device, clientId: 'lamp-1' })).endAsync()
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['says no', 200, '{"allowProvisioning":false}', 'hook-refused', 'did not return allowProvisioning: true'],
    ['is broken', 500, '', 'hook-failed', 'it answered 500'],
    ['says nonsense', 200, 'yes', 'hook-failed', 'it did not return an object'],
  ])(
    'lets nobody in when it %s, and asks again when the device comes again',
    async (what, status, text, code, error) => {
      answer = { status, text }
      const name = what.replaceAll(' ', '-')
      const { device, connected } = connect(name)
      await expect(connected).rejects.toThrow('closed')
      const refusal = await lastRefusal(device.certificateId)
      expect(refusal).toMatchObject({ code, details: { hook, ca: ca.caCertificateId } })
      expect(refusal?.details?.['error']).toContain(error)
      const question = new ListCertificatesByCACommand({ caCertificateId: ca.caCertificateId })
      const { certificates } = await server.iot.send(question)
      expect(certificates!.map(({ certificateId }) => certificateId)).not.toContain(device.certificateId)
      answer = { status: 200, text: allow() }
      const client = await connectDevice(server, { ...device, clientId: name })
      expect(client.connected).toBe(true)
      await client.endAsync()
    },
  )
})

it('leaves word with a device that waits already', async () => {
  const { device, connected } = connect('no thing has this name') // so its template fails
  await expect(connected).rejects.toThrow('closed')
  await setHook(caArn)
  answer.text = '{"allowProvisioning":false}'
  await expect(connectDevice(server, { ...device, clientId: 'waits' })).rejects.toThrow('closed')
  await unsetHook(caArn)
  const { certificates } = await server.report(device.certificateId)
  expect(certificates[0]).toMatchObject({
    status: 'PENDING_ACTIVATION',
    pendingReason: 'hook-refused: it did not return allowProvisioning: true',
  })
})

it('is named by a dry run, which does not ask it', async () => {
  await setHook(caArn)
  const body = JSON.stringify({ caCertificateId: ca.caCertificateId, subject: 'C=NL, CN=dry' })
  const question = { service: 'muster', method: 'POST', path: '/muster/v1/dry-run', body } as const
  const { template } = (await signedRequest(targetOf(server), question)) as {
    template: { remarks: string[] }
  }
  await unsetHook(caArn)
  expect(template.remarks).toContainEqual(expect.stringContaining(`The webhook ${hook} is asked`))
  expect(asked).toEqual([])
})

it('is asked for a template of type JITP too', async () => {
  await setHook(arnOf('provisioningtemplate/first'))
  answer.text = allow({ Room: 'hall' })
  await (await connect('lamp-2').connected).endAsync()
  expect(await attributesOf('lamp-2')).toMatchObject({ version: 'hall' })
  await unsetHook(arnOf('provisioningtemplate/first'))
  await (await connect('lamp-3').connected).endAsync()
  expect(await attributesOf('lamp-3')).toMatchObject({ version: 'cellar' })
  expect(asked).toHaveLength(1)
})

it('is asked for a template of fleet provisioning, with what AWS tells hooks', async () => {
  await createFleetTemplate(server)
  const templateArn = arnOf(`provisioningtemplate/${templateName}`)
  await setHook(templateArn)
  const claim = await createClaim(server)
  await using stack = new AsyncDisposableStack()
  const client = await connectDevice(server, { ...claim, clientId: 'new' })
  stack.defer(() => client.endAsync(true))
  const { answer: issued } = await ask(client, createTopic)
  const { certificateOwnershipToken, certificateId, certificatePem } = issued
  const document = { certificateOwnershipToken, parameters: { SerialNumber: '9' } }
  answer.text = '{"allowProvisioning":false}'
  expect(await ask(client, provisionTopic, document)).toMatchObject({
    outcome: 'rejected',
    answer: { statusCode: 403, errorCode: 'AccessDenied', errorMessage: 'Access denied' },
  })
  expect(await lastRefusal('new')).toMatchObject({ code: 'hook-refused', details: { hook } })
  const { things } = await server.iot.send(new ListThingsCommand({}))
  expect(things!.map(({ thingName }) => thingName)).not.toContain('lamp-9')
  answer.text = allow({ Room: 'shed' })
  expect(await ask(client, provisionTopic, document)).toMatchObject({ outcome: 'accepted' })
  expect(JSON.parse(asked.at(-1)!.body)).toEqual({
    claimCertificateId: claim.certificateId,
    certificateId,
    certificatePem,
    templateArn,
    clientId: 'new',
    parameters: { SerialNumber: '9' },
  })
  expect(await attributesOf('lamp-9')).toEqual({ room: 'shed' })
})

it.each([
  ['http://localhost/hook', 'an https URL without user and password'],
  ['https://user:word@localhost/hook', 'an https URL without user and password'],
  ['hook', 'an https URL without user and password'],
])('cannot be %s', async (Value, expected) => {
  const tags = [{ Key: 'muster:hook', Value }]
  const tagging = server.iot.send(new TagResourceCommand({ resourceArn: caArn, tags }))
  await expect(tagging).rejects.toThrow(`muster:hook must be ${expected}`)
})
