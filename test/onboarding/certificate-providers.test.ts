/** A function that has devices certified by a CA of the operator's. Source: AWS IoT Developer Guide, "... certificate provider". */
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateCertificateProviderCommand,
  DeleteCertificateProviderCommand,
  DescribeCertificateCommand,
  UpdateCertificateProviderCommand,
} from '@aws-sdk/client-iot'
import { AddPermissionCommand } from '@aws-sdk/client-lambda'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodePem } from '../../src/lib/pem.ts'
import { makeCsr, makeKey, type CertificateOptions } from '../helpers/certificates.ts'
import {
  ask,
  createClaim,
  createFleetTemplate,
  createTopic,
  csrTopic,
  noRates,
  provisionTopic,
  type Claim,
} from '../helpers/claims.ts'
import { connectDevice } from '../helpers/device.ts'
import { registerCa, type RegisteredCa } from '../helpers/jitp.ts'
import { createFunction, createRole } from '../helpers/jitr.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

/** Hands the event to the operator's CA, which is a service of its own, and returns what that says. */
const code = (url: string) => `
exports.handler = async (event) => {
  const answer = await fetch('${url}', { method: 'POST', body: JSON.stringify(event) })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(text)
  if (text === 'never') await new Promise((resolve) => setTimeout(resolve, 20_000))
  return JSON.parse(text)
}`

const providerName = 'own-ca'
let server: TestServer
let claim: Claim
let client: MqttClient
let signer: RegisteredCa
let service: Server
let functionArn: string
/** What the operator's CA was asked last. */
let event: Record<string, string>
/** What it answers next time, instead of a certificate of the request's key. */
let answer: ((csrKey: ReturnType<typeof makeKey>) => [status: number, text: string]) | undefined

beforeAll(async () => {
  server = await startTestServer({}, noRates)
  signer = await registerCa(server, { allowAutoRegistration: false }, { subject: 'CN=Own CA' })
  service = createServer((asked, reply) => {
    const chunks: Buffer[] = []
    asked.on('data', (chunk: Buffer) => chunks.push(chunk))
    asked.on('end', () => {
      event = JSON.parse(Buffer.concat(chunks).toString()) as typeof event
      const key = keyOf(event['certificateSigningRequest']!)
      const [status, text] = answer?.(key) ?? [200, pemOf({ key })]
      reply.writeHead(status).end(text)
    })
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`
  const roleArn = await createRole(server, { name: 'functions' })
  functionArn = await createFunction(server, { roleArn, files: { 'index.js': code(url) } })
  await createFleetTemplate(server)
  claim = await createClaim(server)
  client = await connectDevice(server, { ...claim, clientId: 'new' })
  await server.iot.send(
    new CreateCertificateProviderCommand({
      certificateProviderName: providerName,
      lambdaFunctionArn: functionArn,
      accountDefaultForOperations: ['CreateCertificateFromCsr'],
    }),
  )
})
afterAll(async () => {
  await client.endAsync(true)
  await server[Symbol.asyncDispose]()
  service.close()
})

/** The public key of a CSR, with a private key of somebody else: a signer never sees the device's. */
function keyOf(csrPem: string): ReturnType<typeof makeKey> {
  const der = Buffer.from(decodePem(csrPem, 'CERTIFICATE REQUEST'))
  const spki = der.indexOf(Buffer.from('3059301306072a8648ce3d0201', 'hex')) // of a key on P-256
  const publicKey = createPublicKey({ key: der.subarray(spki, spki + 91), type: 'spki', format: 'der' })
  return { publicKey, privateKey: makeKey('P-256').privateKey }
}

const issue = (options: CertificateOptions) => signer.issue({ subject: 'CN=signed', ...options })
const pemOf = (options: CertificateOptions, more = '') =>
  JSON.stringify({ certificatePem: issue(options).certificatePem + more })

const askForCertificate = (csrPem = makeCsr().csrPem) =>
  ask(client, csrTopic, { certificateSigningRequest: csrPem })
const lastRefusal = async () => {
  const { entries } = await server.report('new')
  return entries.findLast(({ code: reason }) => reason.startsWith('certificate-provider-'))
}
const denied = { outcome: 'rejected', answer: { statusCode: 403, errorCode: 'AccessDenied' } }

it('is not asked unless its policy allows AWS IoT to, for this provider', async () => {
  expect(await askForCertificate()).toMatchObject(denied)
  const refusal = await lastRefusal()
  expect(refusal).toMatchObject({
    code: 'certificate-provider-failed',
    details: { provider: providerName, function: functionArn },
  })
  expect(refusal?.details?.['error']).toContain('no resource-based policy allows')
  const { region, accountId } = server.endpoints
  await server.lambda.send(
    new AddPermissionCommand({
      FunctionName: functionArn,
      StatementId: 'iot',
      Action: 'lambda:InvokeFunction',
      Principal: 'iot.amazonaws.com',
      SourceArn: `arn:aws:iot:${region}:${accountId}:certificateprovider/${providerName}`,
    }),
  )
})

it('certifies a device, which is then provisioned and let in', async () => {
  const { csrPem, privateKeyPem } = makeCsr({ subject: 'CN=mine' })
  const { outcome, answer: issued } = await askForCertificate(csrPem)
  expect(outcome).toBe('accepted')
  expect(event).toEqual({
    certificateSigningRequest: csrPem,
    principalId: claim.certificateId,
    clientId: 'new',
  })
  expect(issued.privateKey).toBeUndefined()
  const { certificateId, certificatePem, certificateOwnershipToken } = issued
  const question = new DescribeCertificateCommand({ certificateId })
  const { certificateDescription } = await server.iot.send(question)
  expect(certificateDescription).toMatchObject({
    status: 'PENDING_ACTIVATION',
    caCertificateId: signer.caCertificateId,
    certificatePem,
  })
  const document = { certificateOwnershipToken, parameters: { SerialNumber: '7' } }
  const made = await ask(client, provisionTopic, document)
  expect(made).toMatchObject({ outcome: 'accepted', answer: { thingName: 'lamp-7' } })
  const identity = { certificatePem: certificatePem!, privateKeyPem, clientId: 'lamp-7' }
  const device = await connectDevice(server, identity)
  expect(device.connected).toBe(true)
  await device.endAsync()
})

it('is not asked about keys that Muster makes, nor about a request that is malformed', async () => {
  event = {}
  expect((await ask(client, createTopic)).answer.privateKey).toContain('PRIVATE KEY')
  const forged = makeCsr({ forged: true }).csrPem
  for (const csrPem of [forged, 'no PEM'])
    expect(await askForCertificate(csrPem)).toMatchObject({
      outcome: 'rejected',
      answer: { errorCode: 'InvalidCertificateSigningRequest' },
    })
  expect(event).toEqual({})
})

describe('a device gets no certificate when the function returns', () => {
  it.each<[string, NonNullable<typeof answer>, string]>([
    ['one of another key', () => [200, pemOf({})], 'is of another key than the request'],
    [
      'two',
      (key) => [200, pemOf({ key }, issue({ key }).certificatePem)],
      'must be one PEM block, it returned 2',
    ],
    ['none', () => [200, '{}'], 'it did not return certificatePem'],
    ['null', () => [200, 'null'], 'it did not return certificatePem'],
    [
      'a key beside it',
      (key) => [200, pemOf({ key }, issue({}).privateKeyPem)],
      'must be one PEM block, it returned 2',
    ],
    [
      'what is no certificate',
      () => [200, '{"certificatePem":"-----BEGIN CERTIFICATE-----"}'],
      'the certificate ',
    ],
    ['one that has expired', (key) => [200, pemOf({ key, notAfter: new Date(0) })], 'expired on 1970'],
    ['one of a CA', (key) => [200, pemOf({ key, isCa: true })], 'is that of a CA'],
    ['one for servers', (key) => [200, pemOf({ key, purposes: ['1.3.6.1.5.5.7.3.1'] })], 'the certificate '],
  ])('%s', async (_, said, error) => {
    answer = said
    expect(await askForCertificate()).toMatchObject(denied)
    answer = undefined
    const refusal = await lastRefusal()
    expect(refusal).toMatchObject({ code: 'certificate-provider-unfit', certificateId: claim.certificateId })
    expect(refusal?.details?.['error']).toContain(error)
  })

  it('one that is registered already', async () => {
    const { csrPem } = makeCsr()
    const signed = pemOf({ key: keyOf(csrPem) })
    answer = () => [200, signed]
    expect(await askForCertificate(csrPem)).toMatchObject({ outcome: 'accepted' })
    expect(await askForCertificate(csrPem)).toMatchObject(denied)
    answer = undefined
    expect((await lastRefusal())?.details?.['error']).toBe('the certificate is registered already')
  })

  it.each<[string, NonNullable<typeof answer>, string]>([
    ['an error', () => [500, 'the CA is closed'], 'it failed: the CA is closed'],
    ['nothing within five seconds', () => [200, 'never'], 'it did not answer within 5 seconds'],
  ])('%s', async (_, said, error) => {
    answer = said
    expect(await askForCertificate()).toMatchObject(denied)
    answer = undefined
    const refusal = await lastRefusal()
    expect(refusal).toMatchObject({ code: 'certificate-provider-failed', details: { error } })
  })
})

it('counts as it is at each request: another function, or none', async () => {
  const name = { certificateProviderName: providerName }
  const gone = functionArn.replace(/[^:]+$/, 'gone')
  await server.iot.send(new UpdateCertificateProviderCommand({ ...name, lambdaFunctionArn: gone }))
  expect(await askForCertificate()).toMatchObject(denied)
  expect((await lastRefusal())?.details?.['function']).toBe(gone)
  await server.iot.send(new DeleteCertificateProviderCommand(name))
  const { outcome, answer: issued } = await askForCertificate()
  expect(outcome).toBe('accepted')
  const question = new DescribeCertificateCommand({ certificateId: issued.certificateId })
  const { certificateDescription } = await server.iot.send(question)
  expect(certificateDescription!.caCertificateId).toBeUndefined()
})
