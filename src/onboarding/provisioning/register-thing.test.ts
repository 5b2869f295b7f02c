import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, makeCsr } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { findCertificate, registerCertificate } from '../../pki/certificates/index.ts'
import { findThing, listPrincipalThings } from '../../registry/things/index.ts'
import {
  accountId,
  openFleet,
  policyText,
  region,
  registerCa,
  type Fleet,
} from '../../../test/helpers/fleet.ts'

let fleet: Fleet
beforeEach(async () => {
  fleet = await openFleet()
})
afterEach(() => fleet[Symbol.asyncDispose]())

const parametersOf = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { Type: 'String' }]))

/** A thing named by a parameter, with the certificate that `certificate` tells of. */
function templateOf(
  certificate: Record<string, unknown> | undefined,
  more: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    Parameters: { ...parametersOf('ThingName', 'Certificate'), Site: { Type: 'String', Default: 'WA' } },
    Resources: {
      lamp: {
        Type: 'AWS::IoT::Thing',
        Properties: { ThingName: { Ref: 'ThingName' }, AttributePayload: { site: { Ref: 'Site' } } },
      },
      ...(certificate && {
        certificate: { Type: 'AWS::IoT::Certificate', Properties: certificate, ...more },
        rights: { Type: 'AWS::IoT::Policy', Properties: { PolicyDocument: policyText } },
      }),
    },
  })
}

const register = (templateBody: string, Certificate: string, more: Record<string, string> = {}) =>
  fleet.operations.RegisterThing(
    { templateBody, parameters: { ThingName: 'lamp-1', Certificate, ...more } },
    fleet.context,
  )
const things = () => fleet.store.read.selectFrom('things').select('thing_name').execute()
const byPem = { CertificatePem: { Ref: 'Certificate' } }
const byId = { CertificateId: { Ref: 'Certificate' } }
const byCsr = { CertificateSigningRequest: { Ref: 'Certificate' } }

describe('RegisterThing', () => {
  it('registers a certificate by PEM and answers the ARNs by the names of the template', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue()
    const result = await register(templateOf(byPem), device.certificatePem)
    const certificateArn = `arn:aws:iot:${region}:${accountId}:cert/${device.certificateId}`
    expect(result).toEqual({
      certificatePem: device.certificatePem,
      resourceArns: {
        lamp: `arn:aws:iot:${region}:${accountId}:thing/lamp-1`,
        certificate: certificateArn,
        rights: expect.stringMatching(/policy\/[0-9A-F]{40}$/),
      },
    })
    expect(await findThing(fleet.store.read, accountId, 'lamp-1')).toMatchObject({
      attributes: { site: 'WA' },
    })
    expect(await listPrincipalThings(fleet.store.read, accountId, certificateArn)).toHaveLength(1)
    const certificate = await findCertificate(fleet.store.read, accountId, device.certificateId)
    expect(certificate).toMatchObject({ status: 'ACTIVE', caCertificateId: ca.caId })
  })

  it('issues a certificate for a CSR', async () => {
    const { certificatePem } = await register(templateOf(byCsr), makeCsr().csrPem)
    expect(certificatePem).toContain('BEGIN CERTIFICATE')
  })

  it('activates a certificate by id, and may be called again', async () => {
    const csr = makeCsr().csrPem
    const { certificateId } = await fleet.certificates.CreateCertificateFromCsr(
      { certificateSigningRequest: csr },
      fleet.context,
    )
    for (let time = 0; time < 2; time++) await register(templateOf(byId), certificateId)
    expect(await findCertificate(fleet.store.read, accountId, certificateId)).toMatchObject({
      status: 'ACTIVE',
    })
    expect(await things()).toHaveLength(1)
  })

  it('registers a thing alone', async () => {
    const { resourceArns, ...rest } = await register(templateOf(undefined), 'unused')
    expect(Object.keys(resourceArns ?? {})).toEqual(['lamp'])
    expect(rest).toEqual({})
  })

  it.each([
    ['DO_NOTHING', 'leaves its status', 'INACTIVE'],
    ['REPLACE', 'gives it the status of the template', 'ACTIVE'],
  ])('with OverrideSettings %s of a certificate that exists %s', async (Status, _, status) => {
    const csr = makeCsr().csrPem
    const { certificateId } = await fleet.certificates.CreateCertificateFromCsr(
      { certificateSigningRequest: csr },
      fleet.context,
    )
    await register(templateOf(byId, { OverrideSettings: { Status } }), certificateId)
    expect(await findCertificate(fleet.store.read, accountId, certificateId)).toMatchObject({ status })
  })
})

describe('RegisterThing is refused, and nothing is made,', () => {
  const refused = async (call: Promise<unknown>, code: string, message: string) => {
    await expect(call).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    return things()
  }
  const invalid = 'InvalidRequestException'

  it.each<[string, string, string, Record<string, string>, string]>([
    ['for a template that is wrong', '{}', '', {}, 'Resources: is missing'],
    [
      'for a thing name that is none',
      templateOf(undefined),
      '',
      { ThingName: '*' },
      '"*" is not a thing name',
    ],
    ['for a PEM that is none', templateOf(byPem), 'x', {}, 'PEM'],
    ['for a CSR that is none', templateOf(byCsr), 'x', {}, 'signing request'],
    ['for an id that is none', templateOf(byId), 'x', {}, 'a certificate id has 64'],
  ])('%s', async (_, templateBody, certificate, more, message) => {
    expect(await refused(register(templateBody, certificate, more), invalid, message)).toEqual([])
  })

  it('for a parameter without a value', async () => {
    const call = fleet.operations.RegisterThing({ templateBody: templateOf(undefined) }, fleet.context)
    expect(await refused(call, invalid, 'Parameters.ThingName: the parameter was given no value')).toEqual([])
  })

  it('for a certificate of an unknown CA', async () => {
    const call = register(templateOf(byPem), makeCa().issue().certificatePem)
    expect(await refused(call, 'ResourceRegistrationFailureException', 'no CA certificate')).toEqual([])
  })

  it.each(['DO_NOTHING', 'REPLACE', 'FAIL'])(
    'for a certificate that is on its way to another account, with OverrideSettings %s',
    async (Status) => {
      const csr = makeCsr().csrPem
      const { certificateId } = await fleet.certificates.CreateCertificateFromCsr(
        { certificateSigningRequest: csr },
        fleet.context,
      )
      const input = { certificateId, targetAwsAccount: '111111111111' }
      await fleet.transfers.TransferCertificate(input, fleet.context)
      const call = register(templateOf(byId, { OverrideSettings: { Status } }), certificateId)
      expect(await refused(call, invalid, 'is being transferred')).toEqual([])
    },
  )

  it('for an id that is not registered', async () => {
    const call = register(templateOf(byId), 'a'.repeat(64))
    expect(await refused(call, 'ResourceRegistrationFailureException', 'there is no certificate')).toEqual([])
  })

  it('for an expired certificate', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue({
      notBefore: new Date(Date.now() - 120_000),
      notAfter: new Date(Date.now() - 60_000),
    })
    expect(await refused(register(templateOf(byPem), device.certificatePem), invalid, 'expired on')).toEqual(
      [],
    )
  })

  it('for a weak certificate', async () => {
    const ca = await registerCa(fleet)
    const call = register(templateOf(byPem), ca.issue({ keyType: 'RSA-1024' }).certificatePem)
    expect(await refused(call, invalid, '1024 bits')).toEqual([])
  })

  it('for a certificate that is for servers alone, unless it was registered before such were refused', async () => {
    const ca = await registerCa(fleet)
    const device = ca.issue({ purposes: ['1.3.6.1.5.5.7.3.1'] })
    const call = () => register(templateOf(byPem), device.certificatePem)
    expect(await refused(call(), invalid, 'serverAuth without clientAuth')).toEqual([])
    const registration = { accountId, region, status: 'INACTIVE' as const, now: new Date() }
    const certificate = parseCertificate(device.certificatePem)
    await fleet.store.transact((db) => registerCertificate(db, { ...registration, certificate }))
    await call()
    expect(await things()).toHaveLength(1)
  })

  it('for a certificate that has another status, where OverrideSettings say FAIL', async () => {
    const csr = makeCsr().csrPem
    const { certificateId } = await fleet.certificates.CreateCertificateFromCsr(
      { certificateSigningRequest: csr },
      fleet.context,
    )
    const call = register(templateOf(byId, { OverrideSettings: { Status: 'FAIL' } }), certificateId)
    expect(
      await refused(call, 'ConflictingResourceUpdateException', 'OverrideSettings.Status is FAIL'),
    ).toEqual([])
  })

  it.each([
    'iot:CreateThing',
    'iot:CreatePolicy',
    'iot:AttachPolicy',
    'iot:AttachThingPrincipal',
    'iot:UpdateCertificate',
    'iot:RegisterCertificate',
  ])('to a caller who may not %s', async (forbidden) => {
    const ca = await registerCa(fleet)
    const UserName = 'ann'
    const statement = (Effect: string, Action: string) => ({ Effect, Action, Resource: '*' })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [statement('Allow', 'iot:*'), statement('Deny', forbidden)],
    })
    const { User } = await fleet.iam.CreateUser({ UserName }, fleet.context)
    await fleet.iam.PutUserPolicy({ UserName, PolicyName: 'own', PolicyDocument }, fleet.context)
    const arn = User?.Arn ?? ''
    const ann = fleet.contextOf({ accountId, kind: 'user', arn, userId: User?.UserId ?? '', name: UserName })
    const parameters = { ThingName: 'lamp-1', Certificate: ca.issue().certificatePem }
    const call = fleet.operations.RegisterThing({ templateBody: templateOf(byPem), parameters }, ann)
    expect(
      await refused(call, 'AccessDeniedException', `${arn} is not authorized to perform: ${forbidden}`),
    ).toEqual([])
  })
})
