/** What dry runs and inspections tell, and another try for devices that wait; who may ask, and what is refused. */
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import {
  CreatePolicyCommand,
  CreateThingCommand,
  DescribeCertificateCommand,
  RegisterCertificateCommand,
  UpdateCACertificateCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DryRunReport, Inspection } from '../../src/onboarding/trials/index.ts'
import { createUser } from '../console/users.ts'
import { makeCa, makeCsr } from '../helpers/certificates.ts'
import { connectDevice, listen } from '../helpers/device.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { postOwn } from '../helpers/own-routes.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let roleArn: string
beforeAll(async () => {
  server = await startTestServer()
  roleArn = await createProvisioningRole(server)
})
afterAll(() => server[Symbol.asyncDispose]())

async function post<Answer>(route: string, body: object): Promise<Answer> {
  const answer = await postOwn(server, route, body)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return answer.body as Answer
}

const dryRun = (body: object) => post<DryRunReport>('dry-run', body)
const inspect = (pem: string) => post<Inspection>('inspect', { pem })
const arn = (resource: string) => `arn:aws:iot:us-east-1:${server.endpoints.accountId}:${resource}`
const noId = 'f'.repeat(64)

describe('a dry run', () => {
  it('tells of a typed subject each parameter, resource, and step', async () => {
    const report = await dryRun({
      templateBody: provisioningTemplate(),
      provisioningRoleArn: roleArn,
      subject: 'C=NL, O=Acme\\, Inc., CN=typed-1',
    })
    expect(report.verdict).toMatchObject({ action: 'accept', code: 'connected', clientId: 'typed-1' })
    expect(report.device).toMatchObject({ subject: 'C=NL, O=Acme\\, Inc., CN=typed-1', isMadeUp: true })
    expect(report.parameters).toContainEqual({
      name: 'AWS::IoT::Certificate::Country',
      value: 'NL',
      from: 'certificate',
      source: 'Country of the subject',
      isDeclared: true,
      isNeeded: true,
    })
    expect(report.resources.map(({ logicalId, state }) => [logicalId, state])).toEqual([
      ['thing', 'new'],
      ['certificate', 'new'],
      ['policy', 'new'],
    ])
    expect(report.resources[0]!.properties).toEqual({
      ThingName: 'typed-1',
      AttributePayload: { version: 'v1', country: 'NL' },
    })
    expect(report.resources[2]!.warnings).toEqual(['Statement 1 allows iot:Connect on everything: *.'])
    expect(report.resources[2]!.properties).toMatchObject({ PolicyDocument: { Version: '2012-10-17' } })
    expect(report.steps.map(({ action, isAllowed }) => [action, isAllowed])).toEqual([
      ['iot:CreateThing', true],
      ['iot:CreatePolicy', true],
      ['iot:AttachPolicy', true],
      ['iot:AttachThingPrincipal', true],
      ['iot:UpdateCertificate', true],
    ])
  })

  it('reads subjects as OpenSSL writes them, and values by parameter name', async () => {
    const template = { templateBody: provisioningTemplate(), provisioningRoleArn: roleArn }
    const bySubject = await dryRun({ ...template, subject: '/C=NL/CN=typed-2' })
    const byName = await dryRun({
      ...template,
      parameters: {
        'AWS::IoT::Certificate::Country': 'NL',
        'AWS::IoT::Certificate::CommonName': 'typed-2',
      },
    })
    expect(bySubject.resources[0]).toEqual(byName.resources[0])
    expect(byName.verdict.code).toBe('connected')
  })

  it('lets a device in that lacks what nothing refers to, and remarks on it, as of a sample of AWS', async () => {
    const unused = { 'AWS::IoT::Certificate::SerialNumber': { Type: 'String' } }
    const { Parameters, ...rest } = JSON.parse(provisioningTemplate()) as { Parameters: object }
    const templateBody = JSON.stringify({ Parameters: { ...Parameters, ...unused }, ...rest })
    const report = await dryRun({ templateBody, provisioningRoleArn: roleArn, subject: 'C=NL, CN=plain-1' })
    expect(report.verdict.code).toBe('connected')
    expect(report.template?.remarks).toEqual([
      'Parameters.AWS::IoT::Certificate::SerialNumber is referred to nowhere, so no value of it is needed',
    ])
    const serial = report.parameters.find(({ name }) => name.endsWith('SerialNumber'))
    expect(serial).toMatchObject({ isDeclared: true, isNeeded: false })
  })

  it('tells what is missing, and all else in spite of it', async () => {
    const report = await dryRun({ templateBody: provisioningTemplate(), subject: 'CN=lacking' })
    expect(report.verdict).toMatchObject({
      code: 'provisioning-failed',
      details: { place: 'Parameters.AWS::IoT::Certificate::Country' },
    })
    const country = report.parameters.find(({ name }) => name.endsWith('Country'))
    expect(country).toMatchObject({ isNeeded: true })
    expect(country).not.toHaveProperty('value')
    expect(report.resources.map(({ fault }) => fault?.place)).toEqual([
      'Resources.thing.Properties.AttributePayload.country.Ref',
      undefined,
      undefined,
    ])
    expect(report.role).toEqual({}) // nobody named one
    expect(report.steps.every((step) => step.isAllowed === undefined)).toBe(true)
  })

  it('tells every step that the role may not do, not the first alone', async () => {
    const trust = {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { Service: 'iot.amazonaws.com' }, Action: 'sts:AssumeRole' },
    }
    const role = { RoleName: 'MayNothing', AssumeRolePolicyDocument: JSON.stringify(trust) }
    const { Role } = await server.iam.send(new CreateRoleCommand(role))
    const report = await dryRun({
      templateBody: provisioningTemplate(),
      provisioningRoleArn: Role!.Arn,
      subject: 'C=NL,CN=x',
    })
    expect(report.verdict).toMatchObject({
      code: 'provisioning-failed',
      details: { step: 'iot:CreateThing' },
    })
    expect(report.steps.map(({ isAllowed }) => isAllowed)).toEqual([false, false, false, false, false])
    expect(report.steps[1]!.reason).toContain('iot:CreatePolicy')
  })

  it('tells what exists already, and what has to be there and is not', async () => {
    await server.iot.send(new CreateThingCommand({ thingName: 'there-1' }))
    const template = JSON.parse(provisioningTemplate({ policy: { PolicyName: 'gone' } })) as {
      Resources: { thing: { Properties: object } }
    }
    Object.assign(template.Resources.thing.Properties, { ThingTypeName: 'Gone', ThingGroups: ['gone'] })
    const body = { templateBody: JSON.stringify(template), provisioningRoleArn: roleArn }
    const report = await dryRun({ ...body, subject: 'C=NL,CN=there-1' })
    expect(report.resources[0]).toMatchObject({ state: 'exists' })
    expect(report.resources[0]!.warnings).toEqual([
      'There is no thing type Gone.',
      'There is no thing group gone.',
      'The thing exists. Where it differs: attributes DO_NOTHING, thing type DO_NOTHING, thing groups DO_NOTHING.',
    ])
    expect(report.resources[2]).toMatchObject({ state: 'missing', warnings: ['There is no policy gone.'] })
    expect(report.verdict).toMatchObject({ code: 'provisioning-failed' })
  })

  it('says where a template is no template', async () => {
    const report = await dryRun({ templateBody: '{"Resources": {}}', subject: 'CN=x' })
    expect(report.template).toMatchObject({ fault: { place: 'Resources' } })
    expect(report.verdict).toMatchObject({ code: 'provisioning-failed', details: { place: 'Resources' } })
    const broken = await dryRun({ templateBody: '{', subject: 'CN=x' })
    expect(broken.template?.fault?.text).toContain('is not JSON')
  })

  const subject = 'CN=x'
  const templateBody = '{}'
  it.each<[string, object | string, number, string]>([
    ['nothing', {}, 400, 'caCertificateId, templateName, or templateBody'],
    ['no device', { templateBody }, 400, 'got 0 of them'],
    ['two devices', { templateBody, subject, certificatePem: 'x' }, 400, 'got 2 of them'],
    ['two templates', { templateBody, templateName: 'x', subject }, 400, 'got both'],
    [
      'a role without a template',
      { caCertificateId: noId, provisioningRoleArn: 'x', subject },
      400,
      'goes with',
    ],
    ['a CA that is not there', { caCertificateId: noId, subject }, 404, 'no CA certificate'],
    ['a template that is not there', { templateName: 'nowhere', subject }, 404, 'nowhere'],
    ['no PEM', { templateBody, certificatePem: 'hello' }, 400, 'text without a PEM block'],
    [
      'a broken PEM',
      { templateBody, certificatePem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      400,
      'not a valid X.509',
    ],
    [
      'a subject without attributes',
      { templateBody, subject: 'lamp-1' },
      400,
      'expected attributes like CN=lamp-1',
    ],
    ['an attribute that is not there', { templateBody, subject: 'XX=1' }, 400, 'no attribute \\"XX\\"'],
    ['an empty attribute', { templateBody, subject: 'CN=' }, 400, 'CN is empty'],
    [
      'a parameter that no subject brings',
      { templateBody, parameters: { a: 'b' } },
      400,
      'no subject brings',
    ],
    [
      'an id that is given',
      { templateBody, parameters: { 'AWS::IoT::Certificate::Id': 'x' } },
      400,
      'cannot be given',
    ],
    ['parameters that are no texts', { templateBody, parameters: { a: 1 } }, 400, 'object of texts'],
    ['a member that is not known', { templateBody, subject, force: 'yes' }, 400, 'force'],
    ['no JSON', '{', 400, ''],
    ['too much', { templateBody: ' '.repeat(300_000), subject }, 400, 'at most 262144 bytes'],
  ])('is refused with %s', async (_, body, status, text) => {
    const answer = await postOwn(server, 'dry-run', body)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.body)).toContain(text)
  })
})

describe('an inspection', () => {
  it('tells what a PEM is, who signed it, and what would happen', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Inspecting' })
    const device = ca.issue({ subject: 'CN=inspected' })
    const found = await inspect(device.certificatePem + ca.certificatePem)
    expect(found.certificates).toMatchObject([
      { subject: 'CN=inspected', isCa: false, key: 'ec prime256v1', isSignedByNext: true },
      { subject: 'CN=Inspecting', isCa: true },
    ])
    expect(found.signedBy).toMatchObject({ certificateId: ca.caCertificateId, status: 'ACTIVE' })
    expect(found.verdict).toMatchObject({ action: 'close', code: 'registration-announced' })
    expect(found).not.toHaveProperty('registration')
  })

  it('tells what is known of a registered one', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Known' })
    const { certificatePem } = ca.issue({ subject: 'CN=known' })
    const register = { certificatePem, caCertificatePem: ca.certificatePem, status: 'ACTIVE' as const }
    const { certificateId } = await server.iot.send(new RegisterCertificateCommand(register))
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }))
    const found = await inspect(certificatePem)
    expect(found.registration).toMatchObject({ status: 'REVOKED', caCertificateId: ca.caCertificateId })
    expect(found.signedBy).toMatchObject({ certificateId: ca.caCertificateId })
    expect(found.verdict).toMatchObject({ code: 'certificate-revoked' })
  })

  it('tells of a CA certificate whether it is registered, and of a stranger who it pretends to be from', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Namesake' })
    const found = await inspect(ca.certificatePem)
    expect(found.registeredCa).toMatchObject({ certificateId: ca.caCertificateId })
    expect(found).not.toHaveProperty('verdict')
    const stranger = await inspect(makeCa({ subject: 'CN=Namesake' }).issue().certificatePem)
    expect(stranger.namesake).toMatchObject({ certificateId: ca.caCertificateId })
    expect(stranger.verdict).toMatchObject({ code: 'ca-unknown' })
  })

  it('says what AWS IoT has against a certificate', async () => {
    const device = makeCa().issue({ purposes: ['1.3.6.1.5.5.7.3.1'] })
    const found = await inspect(device.certificatePem)
    expect(found.certificates[0]!.fault).toContain('client')
    expect(found.verdict).toMatchObject({ code: 'certificate-malformed' })
  })

  it.each([
    ['a private key', makeCa().privateKeyPem, 'a block labelled'],
    ['a certificate signing request', makeCsr().csrPem, 'CERTIFICATE REQUEST'],
    ['no PEM', 'hello', 'text without a PEM block'],
    ['eleven certificates', makeCa().certificatePem.repeat(11), 'at most 10'],
    ['too much', 'x'.repeat(300_000), 'at most 262144 bytes'],
  ])('is refused with %s, of which nothing is repeated', async (_, pem, text) => {
    const answer = await postOwn(server, 'inspect', { pem })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain(text)
    expect(JSON.stringify(answer.body)).not.toContain(pem.split('\n')[1] ?? 'hello')
  })
})

interface Retried {
  certificateId: string
  code: string
  status: string
  pendingReason?: string
}

describe('another try', () => {
  const retry = (certificateId: string) => post<Retried>('retry', { certificateId })
  const statusOf = async (certificateId: string) =>
    (await server.iot.send(new DescribeCertificateCommand({ certificateId }))).certificateDescription?.status

  async function makeWaiting(config: object = {}, subject = 'CN=waiting') {
    const ca = await registerCa(server, config, { subject: `CN=CA of ${subject}` })
    const device = ca.issue({ subject })
    await expect(connectDevice(server, device)).rejects.toThrow('closed')
    return { ca, device, certificateId: device.certificateId }
  }

  it('publishes the registration event again, and stands in the journal', async () => {
    const { ca, certificateId } = await makeWaiting()
    await using listener = await listen(server, `$aws/events/certificates/registered/${ca.caCertificateId}`)
    expect(await retry(certificateId)).toEqual({
      certificateId,
      code: 'registration-announced',
      status: 'PENDING_ACTIVATION',
    })
    const [message] = await listener.atLeast(1)
    expect(JSON.parse(message!.payload.toString())).toMatchObject({
      certificateId,
      certificateRegistrationTimestamp: expect.stringMatching(/^\d+$/),
    })
    const { entries } = await server.report(certificateId)
    const { details } = entries.find(({ code }) => code === 'retried')!
    expect(details).toEqual({ protocol: 'api', by: `arn:aws:iam::${server.endpoints.accountId}:root` })
  })

  it('runs the template again, once what it needs is there', async () => {
    const policy = { PolicyName: 'later' }
    const templateBody = provisioningTemplate({ policy })
    const registrationConfig = { templateBody, roleArn }
    const { device, certificateId } = await makeWaiting({ registrationConfig }, 'C=NL, CN=mended')
    expect(await retry(certificateId)).toMatchObject({
      code: 'provisioning-failed',
      status: 'PENDING_ACTIVATION',
      pendingReason: expect.stringContaining('later'),
    })
    const policyDocument =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iot:Connect","Resource":"*"}}'
    await server.iot.send(new CreatePolicyCommand({ policyName: 'later', policyDocument }))
    expect(await retry(certificateId)).toEqual({ certificateId, code: 'provisioned', status: 'ACTIVE' })
    await (await connectDevice(server, device)).endAsync()
  })

  it('is decided by what the CA says now', async () => {
    const { ca, certificateId } = await makeWaiting({}, 'CN=closed-off')
    const change = { certificateId: ca.caCertificateId, newStatus: 'INACTIVE' as const }
    await server.iot.send(new UpdateCACertificateCommand(change))
    expect(await retry(certificateId)).toMatchObject({ code: 'ca-inactive', status: 'PENDING_ACTIVATION' })
  })

  it('is given to all of a CA that wait, by when they were registered, a page at a time', async () => {
    const { ca, certificateId: first } = await makeWaiting({}, 'CN=first')
    const certificates = Array.from({ length: 100 }, (_, n) => ca.issue({ subject: `CN=${n}`, key: ca.key }))
    for (const { certificatePem } of certificates)
      await server.iot.send(
        new RegisterCertificateCommand({
          certificatePem,
          caCertificatePem: ca.certificatePem,
          status: 'ACTIVE',
        }),
      )
    const between = new Date()
    const last = ca.issue({ subject: 'CN=last' })
    await expect(connectDevice(server, last)).rejects.toThrow('closed')

    const { caCertificateId } = ca
    interface Page {
      retried: Retried[]
      nextToken?: string
    }
    const page = await post<Page>('retry', { caCertificateId })
    expect(page.retried).toEqual([
      { certificateId: first, code: 'registration-announced', status: 'PENDING_ACTIVATION' },
    ])
    const rest = await post<Page>('retry', { caCertificateId, nextToken: page.nextToken })
    expect(rest.retried.map(({ certificateId }) => certificateId)).toEqual([last.certificateId])
    expect(rest.nextToken).toBeUndefined()
    const since = await post<Page>('retry', { caCertificateId, from: between.toISOString() })
    expect(since.retried.map(({ certificateId }) => certificateId)).toEqual([last.certificateId])
    const until = await post<Page>('retry', { caCertificateId, to: '2020-01-01T00:00:00Z' })
    expect(until.retried).toEqual([])
    expect((await postOwn(server, 'retry', { caCertificateId, nextToken: '%' })).status).toBe(400)
  })

  it.each<[string, object, number, string]>([
    ['nothing', {}, 400, 'either certificateId or caCertificateId'],
    ['both', { certificateId: noId, caCertificateId: noId }, 400, 'either certificateId or caCertificateId'],
    ['an id that is none', { certificateId: '../x' }, 400, '64 lower-case hexadecimal digits'],
    ['a certificate that is not there', { certificateId: noId }, 404, noId],
    ['a CA that is not there', { caCertificateId: noId }, 404, noId],
    [
      'a time for one certificate',
      { certificateId: noId, from: '2026-01-01' },
      400,
      'go with caCertificateId',
    ],
    ['a time that is none', { caCertificateId: noId, from: 'yesterday' }, 400, 'from must be a time'],
  ])('is refused with %s', async (_, body, status, text) => {
    const answer = await postOwn(server, 'retry', body)
    expect(answer.status).toBe(status)
    expect(JSON.stringify(answer.body)).toContain(text)
  })

  it('is refused for a certificate that does not wait', async () => {
    const { certificateId } = await makeWaiting({}, 'CN=decided')
    await server.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }))
    const answer = await postOwn(server, 'retry', { certificateId })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('is ACTIVE')
    expect(await statusOf(certificateId)).toBe('ACTIVE')
  })
})

describe('whoever asks needs', () => {
  const subject = 'C=NL,CN=asked'
  const refused = async (key: Parameters<typeof postOwn>[3], route: string, body: object) => {
    const answer = await postOwn(server, route, body, key)
    expect(answer.status).toBe(403)
    return JSON.stringify(answer.body)
  }

  it('muster:DryRun on the CA or template by name, and to pass the role', async () => {
    const ca = await registerCa(server, {}, { subject: 'CN=Guarded' })
    const { caCertificateId } = ca
    const templateBody = provisioningTemplate()
    const nobody = await createUser(server, ['iot:*', 'muster:InspectCertificate'])
    expect(await refused(nobody, 'dry-run', { templateBody, subject })).toContain('muster:DryRun')
    const onOther = await createUser(server, ['muster:DryRun'], arn(`cacert/${noId}`))
    expect(await refused(onOther, 'dry-run', { caCertificateId, subject })).toContain(caCertificateId)
    const onCa = await createUser(server, ['muster:DryRun'], arn(`cacert/${caCertificateId}`))
    expect((await postOwn(server, 'dry-run', { caCertificateId, subject }, onCa)).status).toBe(200)
    const named = { caCertificateId, templateName: 'x', subject }
    expect(await refused(onCa, 'dry-run', named)).toContain('provisioningtemplate/x')
    const withRole = { caCertificateId, templateBody, provisioningRoleArn: roleArn, subject }
    expect(await refused(onCa, 'dry-run', withRole)).toContain('iam:PassRole')
  })

  it('muster:InspectCertificate', async () => {
    const nobody = await createUser(server, ['iot:*', 'muster:DryRun'])
    const body = { pem: makeCa().certificatePem }
    expect(await refused(nobody, 'inspect', body)).toContain('muster:InspectCertificate')
  })

  it('muster:RetryRegistration on the certificate, or on the CA', async () => {
    const nobody = await createUser(server, ['iot:*', 'muster:DryRun'])
    expect(await refused(nobody, 'retry', { certificateId: noId })).toContain('muster:RetryRegistration')
    const onCertificates = await createUser(server, ['muster:RetryRegistration'], arn('cert/*'))
    expect(await refused(onCertificates, 'retry', { caCertificateId: noId })).toContain(`cacert/${noId}`)
    expect((await postOwn(server, 'retry', { certificateId: noId }, onCertificates)).status).toBe(404)
  })

  it('muster:ApproveDevice on the certificate, or on the CA, whatever else', async () => {
    const nobody = await createUser(server, ['iot:*', 'muster:RetryRegistration'])
    expect(await refused(nobody, 'approve', { certificateId: noId })).toContain('muster:ApproveDevice')
    const onCertificates = await createUser(server, ['muster:ApproveDevice'], arn('cert/*'))
    expect(await refused(onCertificates, 'approve', { caCertificateId: noId })).toContain(`cacert/${noId}`)
    expect((await postOwn(server, 'approve', { certificateId: noId }, onCertificates)).status).toBe(404)
  })
})
