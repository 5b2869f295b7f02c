/** What dry runs and inspections tell, and what is refused. */
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import { CreateThingCommand, RegisterCertificateCommand, UpdateCertificateCommand } from '@aws-sdk/client-iot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DryRunReport, Inspection } from '../../src/onboarding/trials/index.ts'
import { makeCa, makeCsr } from '../helpers/certificates.ts'
import { createProvisioningRole, provisioningTemplate, registerCa } from '../helpers/jitp.ts'
import { postOwn, askOwn } from '../helpers/own-routes.ts'
import { startTestServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
let roleArn: string
beforeAll(async () => {
  server = await startTestServer()
  roleArn = await createProvisioningRole(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const dryRun = (body: object) => askOwn<DryRunReport>(server, 'dry-run', body)
const inspect = (pem: string) => askOwn<Inspection>(server, 'inspect', { pem })

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
