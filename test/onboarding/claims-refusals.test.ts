/** What a device with a claim is refused, what it learns of it, and what the journal does. */
import { DetachRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CreateProvisioningTemplateVersionCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  ListCertificatesCommand,
  ListThingsCommand,
  TagResourceCommand,
  UpdateCertificateCommand,
  UpdateProvisioningTemplateCommand,
} from '@aws-sdk/client-iot'
import type { MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ask,
  claimStatements,
  createClaim,
  createFleetTemplate,
  createTopic,
  csrTopic,
  fleetTemplate,
  provisionTopic,
  templateName,
  type Claim,
} from '../helpers/claims.ts'
import { connectDevice, connectOperator } from '../helpers/device.ts'
import { createProvisioningRole } from '../helpers/jitp.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'
import { storedText } from '../helpers/stored.ts'

let server: TestServer
let claim: Claim
let client: MqttClient
beforeEach(async () => {
  server = await startTestServer()
  await createFleetTemplate(server)
  claim = await createClaim(server)
  client = await connectDevice(server, { ...claim, clientId: 'new' })
})
afterEach(async () => {
  await client.endAsync(true)
  await server[Symbol.asyncDispose]()
})

const getToken = async () => (await ask(client, createTopic)).answer.certificateOwnershipToken!
const provision = (certificateOwnershipToken: unknown, more: object = {}, topic = provisionTopic) =>
  ask(client, topic, { certificateOwnershipToken, parameters: { SerialNumber: '7' }, ...more })
/** With each token a thing of its own; resolves with how many were accepted. */
async function provisionAtOnce(tokens: readonly string[]): Promise<number> {
  const answers: string[] = []
  const all = new Promise<void>((resolve) => {
    client.on('message', (topic) => {
      answers.push(topic.split('/').at(-1)!)
      if (answers.length === tokens.length) resolve()
    })
  })
  await client.subscribeAsync(`${provisionTopic}/json/+`)
  for (const [at, certificateOwnershipToken] of tokens.entries()) {
    const document = { certificateOwnershipToken, parameters: { SerialNumber: String(at) } }
    client.publish(`${provisionTopic}/json`, JSON.stringify(document), { qos: 1 })
  }
  await all
  return answers.filter((one) => one === 'accepted').length
}
const things = async () =>
  (await server.iot.send(new ListThingsCommand({}))).things!.map((one) => one.thingName)
const lastRefusal = async (subject = 'new') => {
  const { entries } = await server.report(subject)
  return entries.findLast(({ code }) => code !== 'claim-certificate-issued' && code !== 'connected')
}

describe('a request is refused', () => {
  it.each<[string, string, object | Buffer, object, string]>([
    [
      'without a token',
      provisionTopic,
      { parameters: {} },
      {
        statusCode: 400,
        errorCode: 'InvalidCertificateOwnershipToken',
        errorMessage: 'Certificate ownership token cannot be empty.',
      },
      'claim-token-refused',
    ],
    [
      'with a token that nobody was given',
      provisionTopic,
      { certificateOwnershipToken: 'guessed' },
      { statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' },
      'claim-token-refused',
    ],
    [
      'with a token that is no text',
      provisionTopic,
      { certificateOwnershipToken: 7 },
      { statusCode: 400, errorCode: 'InvalidCertificateOwnershipToken' },
      'claim-token-refused',
    ],
    [
      'that is no JSON',
      provisionTopic,
      Buffer.from('{'),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'that is no object',
      provisionTopic,
      Buffer.from('[]'),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'that is no UTF-8',
      provisionTopic,
      Buffer.from([0x22, 0xff, 0x22]),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'whose members come twice',
      provisionTopic,
      Buffer.from('{"certificateOwnershipToken":"a","certificateOwnershipToken":"b"}'),
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'that is too large',
      provisionTopic,
      { certificateOwnershipToken: 'x'.repeat(70_000) },
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'with a parameter that is no text',
      provisionTopic,
      { certificateOwnershipToken: 'x', parameters: { SerialNumber: 7 } },
      { errorCode: 'InvalidParameters', errorMessage: 'parameters: "SerialNumber" must be a text' },
      'claim-request-refused',
    ],
    [
      'with parameters that are a list',
      provisionTopic,
      { certificateOwnershipToken: 'x', parameters: ['7'] },
      { errorCode: 'InvalidParameters' },
      'claim-request-refused',
    ],
    [
      'without a CSR',
      csrTopic,
      {},
      { errorCode: 'InvalidCertificateSigningRequest' },
      'claim-request-refused',
    ],
    [
      'with a CSR that is none',
      csrTopic,
      { certificateSigningRequest: 'hello' },
      { statusCode: 400, errorCode: 'InvalidCertificateSigningRequest' },
      'claim-request-refused',
    ],
  ])('%s', async (_, topic, document, answer, code) => {
    expect(await ask(client, topic, document)).toMatchObject({ outcome: 'rejected', answer })
    expect(await lastRefusal()).toMatchObject({ code, certificateId: claim.certificateId, clientId: 'new' })
    expect(await things()).toEqual([])
  })

  it('in CBOR that is none, in CBOR', async () => {
    const asked = await ask(client, provisionTopic, Buffer.from([0xa1, 0x61]), 'cbor')
    expect(asked).toMatchObject({
      outcome: 'rejected',
      answer: { statusCode: 400, errorCode: 'InvalidParameters' },
    })
  })

  it('when the token was used before, and the thing stays as it was', async () => {
    const token = await getToken()
    expect(await provision(token)).toMatchObject({ outcome: 'accepted' })
    const again = await provision(token, { parameters: { SerialNumber: '8' } })
    expect(again).toMatchObject({
      outcome: 'rejected',
      answer: { errorCode: 'InvalidCertificateOwnershipToken' },
    })
    expect(await lastRefusal()).toMatchObject({ details: { error: 'it was used before' } })
    expect(await things()).toEqual(['lamp-7'])
  })

  it('all but once, when one token is used many times at once', async () => {
    const token = await getToken()
    expect(await provisionAtOnce(Array.from({ length: 8 }, () => token))).toBe(1)
    expect(await things()).toHaveLength(1)
  })

  it('when an operator deleted or decided about the certificate meanwhile', async () => {
    const first = await ask(client, createTopic)
    const second = await ask(client, createTopic)
    const { certificateId } = first.answer
    await server.iot.send(new DeleteCertificateCommand({ certificateId }))
    await server.iot.send(
      new UpdateCertificateCommand({ certificateId: second.answer.certificateId, newStatus: 'INACTIVE' }),
    )
    for (const { answer } of [first, second])
      expect(await provision(answer.certificateOwnershipToken)).toMatchObject({ outcome: 'rejected' })
    expect(await things()).toEqual([])
  })

  it('when its template is not there, of the other type, or not enabled', async () => {
    const statements = [{ Effect: 'Allow', Action: 'iot:*', Resource: '*' }]
    await client.endAsync()
    client = await connectDevice(server, { ...(await createClaim(server, statements)), clientId: 'new' })
    const token = await getToken()
    const to = (name: string) => provision(token, {}, `$aws/provisioning-templates/${name}/provision`)
    expect(await to('absent')).toMatchObject({ answer: { statusCode: 404, errorCode: 'ResourceNotFound' } })
    expect(await lastRefusal()).toMatchObject({
      code: 'claim-template-refused',
      details: { template: 'absent' },
    })
    expect(await to('no such name')).toMatchObject({ answer: { statusCode: 404 } })
    await server.iot.send(new UpdateProvisioningTemplateCommand({ templateName, enabled: false }))
    expect(await to(templateName)).toMatchObject({ outcome: 'rejected', answer: { statusCode: 400 } })
    const templateBody = fleetTemplate().replace('"Status":"Active"', '"Status":"ACTIVE"')
    const jitp = JSON.parse(templateBody) as { Parameters: object; Resources: { thing: object } }
    jitp.Parameters = {
      'AWS::IoT::Certificate::CommonName': { Type: 'String' },
      'AWS::IoT::Certificate::Id': { Type: 'String' },
    }
    jitp.Resources.thing = {
      Type: 'AWS::IoT::Thing',
      Properties: { ThingName: { Ref: 'AWS::IoT::Certificate::CommonName' } },
    }
    await createFleetTemplate(server, {
      templateName: 'other',
      type: 'JITP',
      templateBody: JSON.stringify(jitp),
      provisioningRoleArn: `arn:aws:iam::${server.endpoints.accountId}:role/Provisioning`,
    })
    expect(await to('other')).toMatchObject({ outcome: 'rejected', answer: { statusCode: 400 } })
    await server.iot.send(new UpdateProvisioningTemplateCommand({ templateName, enabled: true }))
    expect(await to(templateName)).toMatchObject({ outcome: 'accepted' }) // none of it has used the token up
  })
})

describe('a template that fails', () => {
  it('names the parameter that is missing, makes nothing, and may be tried again with the same token', async () => {
    const { certificateId, certificateOwnershipToken } = (await ask(client, createTopic)).answer
    const failed = await provision(certificateOwnershipToken, { parameters: {} })
    expect(failed).toMatchObject({
      outcome: 'rejected',
      answer: { statusCode: 400, errorCode: 'InvalidParameters' },
    })
    expect(failed.answer.errorMessage).toContain('Parameters.SerialNumber')
    const entry = await lastRefusal(certificateId)
    expect(entry).toMatchObject({ code: 'provisioning-failed', details: { claim: claim.certificateId } })
    expect(await provision(certificateOwnershipToken)).toMatchObject({ outcome: 'accepted' })
    const { certificateDescription } = await server.iot.send(
      new DescribeCertificateCommand({ certificateId }),
    )
    expect(certificateDescription?.status).toBe('ACTIVE')
  })

  it('tells the device nothing of the role, and the journal all', async () => {
    const { certificateId, certificateOwnershipToken } = (await ask(client, createTopic)).answer
    const roleArn = await createProvisioningRole(server, 'Powerless')
    const { iam } = server
    await iam.send(
      new DetachRolePolicyCommand({
        RoleName: 'Powerless',
        PolicyArn: 'arn:aws:iam::aws:policy/service-role/AWSIoTThingsRegistration',
      }),
    )
    await server.iot.send(
      new UpdateProvisioningTemplateCommand({ templateName, provisioningRoleArn: roleArn }),
    )
    const { answer } = await provision(certificateOwnershipToken)
    expect(answer).toEqual({ statusCode: 403, errorCode: 'AccessDenied', errorMessage: 'Access denied' })
    expect(await lastRefusal(certificateId)).toMatchObject({
      code: 'provisioning-failed',
      details: { role: roleArn, step: 'iot:CreateThing', error: 'AccessDeniedException' },
    })
    expect(await things()).toEqual([])
  })

  it('undoes the thing when a later step fails', async () => {
    const templateBody = fleetTemplate({ policy: { PolicyName: 'absent' } })
    await server.iot.send(
      new CreateProvisioningTemplateVersionCommand({ templateName, templateBody, setAsDefault: true }),
    )
    const { answer } = await provision(await getToken())
    expect(answer).toEqual({
      statusCode: 400,
      errorCode: 'ResourceNotFound',
      errorMessage: 'The provisioning template could not be carried out',
    })
    expect(await things()).toEqual([])
  })
})

describe('a claim', () => {
  const tag = (Key: string, Value: string) =>
    server.iot.send(new TagResourceCommand({ resourceArn: claim.certificateArn, tags: [{ Key, Value }] }))
  const denied = {
    outcome: 'rejected',
    answer: { statusCode: 403, errorCode: 'AccessDenied', errorMessage: 'Access denied' },
  }

  it('provisions as many devices as muster:claim-uses says, those of before counted', async () => {
    expect(await provision(await getToken())).toMatchObject({ outcome: 'accepted' })
    await tag('muster:claim-uses', '2')
    const tokens = [await getToken(), await getToken()]
    const used = await provision(tokens[0], { parameters: { SerialNumber: '8' } })
    expect(used).toMatchObject({ outcome: 'accepted' })
    expect(await provision(tokens[1], { parameters: { SerialNumber: '9' } })).toEqual(denied)
    expect(await ask(client, createTopic)).toEqual(denied)
    expect(await lastRefusal()).toMatchObject({ code: 'claim-limit', details: { uses: 2 } })
    expect(await things()).toEqual(['lamp-7', 'lamp-8'])
  })

  it('provisions no more of them when they ask at once', async () => {
    const tokens: string[] = []
    for (let device = 0; device < 6; device++) tokens.push(await getToken())
    await tag('muster:claim-uses', '4')
    expect(await provisionAtOnce(tokens)).toBe(4)
    expect(await things()).toHaveLength(4)
  })

  it('provisions nobody after muster:claim-until', async () => {
    const token = await getToken()
    await tag('muster:claim-until', '2020-01-01')
    expect(await provision(token)).toEqual(denied)
    await tag('muster:claim-until', '2049-01-01T00:00:00Z')
    expect(await provision(token)).toMatchObject({ outcome: 'accepted' })
  })

  it.each([
    ['muster:claim-uses', '-1'],
    ['muster:claim-uses', 'many'],
    ['muster:claim-until', 'tomorrow'],
    ['muster:claim-until', '2030-13-01'],
    ['muster:first-connection', 'close'],
  ])('cannot be tagged %s=%s', async (key, value) => {
    await expect(tag(key, value)).rejects.toMatchObject({ name: 'InvalidRequestException' })
  })
})

describe('an answer', () => {
  it('comes to the connection that asked alone, and is neither stored nor seen by rules or other clients', async () => {
    const heard: string[] = []
    const others = [
      await connectDevice(server, { ...claim, clientId: 'another' }),
      await connectOperator(server),
    ]
    for (const other of others) {
      other.on('message', (topic) => heard.push(topic))
      await other.subscribeAsync(['$aws/certificates/create/+', '$aws/certificates/create/+/+'])
      await other.subscribeAsync(['$aws/provisioning-templates/lamps/provision/#']).catch(() => {}) // as it may
    }
    await client.endAsync()
    const lasting = { clean: false }
    client = await connectDevice(server, { ...claim, clientId: 'new', mqtt: lasting })
    const { answer } = await ask(client, createTopic)
    expect(await provision(answer.certificateOwnershipToken)).toMatchObject({ outcome: 'accepted' })
    await others[1]!.publishAsync('$aws/things/lamp-7/shadow/get', '', { qos: 1 }) // behind all of it
    expect(heard).toEqual([])
    await Promise.all(others.map((other) => other.endAsync()))
    const secret = answer.privateKey!.split('\n')[3]!
    const stored = await storedText(server.dataDir)
    expect(stored).toContain(answer.certificateId)
    expect(stored.includes(secret)).toBe(false)
    expect(stored.includes(answer.certificateOwnershipToken!)).toBe(false)
  })

  it('is not made for who does not listen', async () => {
    const before = (await server.iot.send(new ListCertificatesCommand({}))).certificates!.length
    await client.publishAsync(`${createTopic}/json`, '{}', { qos: 1 })
    await client.subscribeAsync(`${createTopic}/json/rejected`)
    await client.publishAsync(`${createTopic}/json`, '{}', { qos: 1 })
    expect(await lastRefusal()).toMatchObject({ code: 'claim-unheard' })
    const { certificates } = await server.iot.send(new ListCertificatesCommand({}))
    expect(certificates).toHaveLength(before)
  })

  it('is not made for who may not receive it', async () => {
    const statements = claimStatements().map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((action) => action !== 'iot:Receive'),
    }))
    await client.endAsync()
    client = await connectDevice(server, { ...(await createClaim(server, statements)), clientId: 'new' })
    await client.subscribeAsync([`${createTopic}/json/accepted`, `${createTopic}/json/rejected`])
    await client.publishAsync(`${createTopic}/json`, '{}', { qos: 1 })
    const { entries } = await server.report('new')
    const codes = entries.map(({ code }) => code)
    expect(codes).toContain('claim-unheard')
    expect(codes).not.toContain('claim-certificate-issued')
  })

  it('comes in no format that there is not', async () => {
    await client.publishAsync(`${createTopic}/xml`, '{}', { qos: 1 })
    expect(await lastRefusal()).toMatchObject({
      code: 'claim-request-refused',
      details: { error: 'the topic must end in json or cbor' },
    })
  })
})

it('a claim that asks too fast is told so', async () => {
  await client.endAsync()
  await server[Symbol.asyncDispose]()
  server = await startTestServer({}, { maxKeysByClaimPerSecond: 0.1 })
  claim = await createClaim(server)
  client = await connectDevice(server, { ...claim, clientId: 'new' })
  expect(await ask(client, createTopic)).toMatchObject({ outcome: 'accepted' })
  const refused = await ask(client, createTopic)
  expect(refused).toEqual({
    outcome: 'rejected',
    answer: { statusCode: 429, errorCode: 'TooManyRequests', errorMessage: 'Rate exceeded' },
  })
  expect(await lastRefusal()).toMatchObject({ code: 'throttled' })
})
