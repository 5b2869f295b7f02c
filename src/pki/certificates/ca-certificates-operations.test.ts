import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  makeCa,
  makeKey,
  makeVerificationCertificate,
  type TestCa,
} from '../../../test/helpers/certificates.ts'
import { openTestStore } from '../../../test/helpers/store.ts'
import { iotError } from '../../api/aws/errors.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import type { Store } from '../../store/index.ts'
import { listTags } from '../../registry/tags/index.ts'
import { caCertificatesOperations } from './ca-certificates-operations.ts'
import { countCasWithTemplate, findCaCertificate } from './ca-store.ts'

let store: Store
let operations: ReturnType<typeof caCertificatesOperations>
let now = new Date()
let nextAccount = 1
let context: CallContext
let ca: TestCa
let certificateId: string
let announced: Change[]
let asked: unknown[][]

beforeAll(async () => {
  store = await openTestStore()
})

afterAll(() => store[Symbol.asyncDispose]())

beforeEach(() => {
  now = new Date()
  ca = makeCa({ subject: 'CN=Acme CA' })
  certificateId = ca.certificateId
  announced = []
  asked = []
  context = contextOf(String(nextAccount++).padStart(12, '0'))
  operations = caCertificatesOperations({
    store,
    fabric: { announce: async (...changes) => void announced.push(...changes) },
    now: () => now,
    lintRegistrationConfig: async ({ templateBody }) => {
      if (templateBody === 'bad') throw iotError('InvalidRequestException', 'Resources: missing')
    },
  })
})

function contextOf(accountId: string): CallContext {
  return {
    accountId,
    region: 'us-east-1',
    requestId: 'r',
    sourceIp: '127.0.0.1',
    caller: { accountId, kind: 'root', arn: `arn:aws:iam::${accountId}:root`, userId: accountId },
    authorize: async (...question) => {
      asked.push(question)
      if (question[1].endsWith('Forbidden')) throw iotError('AccessDeniedException', 'no iam:PassRole')
    },
  }
}

const code = async () => (await operations.GetRegistrationCode({}, context)).registrationCode

async function proven(ca: TestCa) {
  const verification = makeVerificationCertificate(ca, await code())
  return { caCertificate: ca.certificatePem, verificationCertificate: verification.certificatePem }
}

const register = async (ca: TestCa, more = {}) =>
  operations.RegisterCACertificate({ ...(await proven(ca)), ...more }, context)

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string })

describe('the registration code', () => {
  it('is 64 hex digits and stays the same until it is deleted', async () => {
    const first = await code()
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(await code()).toBe(first)
    await operations.DeleteRegistrationCode({}, context)
    expect(await code()).not.toBe(first)
  })

  it('is one for all who ask at the same time', async () => {
    expect(new Set(await Promise.all([code(), code(), code()])).size).toBe(1)
  })

  it('differs by account', async () => {
    const own = await code()
    context = contextOf('999999999999')
    expect(await code()).not.toBe(own)
  })

  it('cannot be deleted when there is none', async () => {
    const refused = operations.DeleteRegistrationCode({}, context)
    await expect(refused).rejects.toEqual(refusal('ResourceNotFoundException', 'no registration code'))
  })
})

describe('a CA certificate that is registered', () => {
  it('is INACTIVE and lets no device in unless asked', async () => {
    const { certificateId: id, certificateArn } = await register(ca)
    expect(id).toBe(ca.certificateId)
    expect(certificateArn).toBe(`arn:aws:iot:us-east-1:${context.accountId}:cacert/${certificateId}`)
    const described = await operations.DescribeCACertificate({ certificateId }, context)
    expect(described).toEqual({
      certificateDescription: {
        certificateArn,
        certificateId,
        status: 'INACTIVE',
        certificatePem: ca.certificatePem,
        ownedBy: context.accountId,
        creationDate: now,
        autoRegistrationStatus: 'DISABLE',
        lastModifiedDate: now,
        customerVersion: 1,
        generationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        validity: { notBefore: expect.any(Date) as Date, notAfter: expect.any(Date) as Date },
        certificateMode: 'DEFAULT',
      },
    })
    expect(announced).toEqual([{ accountId: context.accountId, kind: 'ca-certificate', id: certificateId }])
  })

  it('takes status, template, and tags from the request', async () => {
    const registrationConfig = { templateBody: '{}', roleArn: 'arn:aws:iam::1:role/JITPRole' }
    const tags = [{ Key: 'muster:first-connection', Value: 'close' }]
    const { certificateArn } = await register(ca, {
      setAsActive: true,
      allowAutoRegistration: true,
      registrationConfig,
      tags,
    })
    const found = await findCaCertificate(store.read, context.accountId, certificateId)
    expect(found).toMatchObject({ status: 'ACTIVE', autoRegistrationStatus: 'ENABLE', registrationConfig })
    expect(found?.options).toEqual({ firstConnection: 'close' })
    expect(await listTags(store.read, context.accountId, certificateArn)).toEqual(tags)
    const described = await operations.DescribeCACertificate({ certificateId }, context)
    expect(described.registrationConfig).toEqual(registrationConfig)
    expect(asked).toEqual([
      ['iam:PassRole', registrationConfig.roleArn, { 'iam:PassedToService': 'iot.amazonaws.com' }],
    ])
  })

  it.each([
    ['RSA of 2048 bits', { keyType: 'RSA-2048' }],
    ['RSASSA-PSS', { keyType: 'RSA-2048', signature: 'PSS-SHA-384' }],
    ['an RSASSA-PSS key', { keyType: 'RSA-PSS' }],
    ['P-384', { keyType: 'P-384', signature: 'SHA-384' }],
    ['P-521', { keyType: 'P-521', signature: 'SHA-512' }],
    ['no CN', { subject: 'C=US,O=Acme,OU=Devices' }],
    ['keyUsage for signing', { keyUsage: ['keyCertSign', 'cRLSign'] }],
  ] as const)('may have %s', async (_, options) => {
    const other = makeCa(options)
    expect(await register(other)).toMatchObject({ certificateId: other.certificateId })
  })

  it('may be an intermediate CA: it is the direct issuer that counts', async () => {
    const intermediate = ca.issueCa()
    expect(await register(intermediate)).toMatchObject({ certificateId: intermediate.certificateId })
  })

  it.each([
    ['version 1 and serial number 0', { version: 1, serialNumber: 0n }],
    ['a key of any kind', { keyType: 'RSA-1024' }],
  ] as const)('may be proven by a verification certificate of %s', async (_, options) => {
    const verificationCertificate = makeVerificationCertificate(ca, await code(), options).certificatePem
    const input = { caCertificate: ca.certificatePem, verificationCertificate }
    expect(await operations.RegisterCACertificate(input, context)).toMatchObject({
      certificateId: ca.certificateId,
    })
  })

  it('needs no proof in mode SNI_ONLY, and many accounts may have it then', async () => {
    const input = { caCertificate: ca.certificatePem, certificateMode: 'SNI_ONLY' as const }
    await operations.RegisterCACertificate(input, context)
    expect(await findCaCertificate(store.read, context.accountId, certificateId)).toMatchObject({
      certificateMode: 'SNI_ONLY',
    })
    context = contextOf('999999999998')
    expect(await operations.RegisterCACertificate(input, context)).toMatchObject({ certificateId })
  })
})

describe('registering a CA certificate is refused', () => {
  it('that is no CA certificate', async () => {
    const { certificatePem: caCertificate } = ca.issue()
    const refused = operations.RegisterCACertificate({ caCertificate, certificateMode: 'SNI_ONLY' }, context)
    await expect(refused).rejects.toEqual(
      refusal('CertificateValidationException', 'the CA certificate has no basicConstraints CA:TRUE'),
    )
  })

  it('with a verification certificate that it did not sign', async () => {
    const verification = makeVerificationCertificate(makeCa({ subject: 'CN=Other CA' }), await code())
    const input = { caCertificate: ca.certificatePem, verificationCertificate: verification.certificatePem }
    await expect(operations.RegisterCACertificate(input, context)).rejects.toEqual(
      refusal('CertificateValidationException', 'is signed by "CN=Other CA", not by "CN=Acme CA"'),
    )
  })

  it('with a verification certificate of another CN', async () => {
    const expected = `the verification certificate's CN is wrong, the registration code is ${await code()}`
    const verification = makeVerificationCertificate(ca, 'wrong')
    const input = { caCertificate: ca.certificatePem, verificationCertificate: verification.certificatePem }
    await expect(operations.RegisterCACertificate(input, context)).rejects.toEqual(
      refusal('RegistrationCodeValidationException', expected),
    )
  })

  it('with a registration code that has been deleted', async () => {
    const input = await proven(ca)
    await operations.DeleteRegistrationCode({}, context)
    await expect(operations.RegisterCACertificate(input, context)).rejects.toEqual(
      refusal('RegistrationCodeValidationException', 'no registration code yet'),
    )
  })

  it.each([
    ['no proof in mode DEFAULT', {}, 'there is none'],
    [
      'a proof in mode SNI_ONLY',
      { certificateMode: 'SNI_ONLY' as const, verificationCertificate: 'x' },
      'there must be no verificationCertificate',
    ],
  ])('with %s', async (_, more, text) => {
    const refused = operations.RegisterCACertificate({ caCertificate: ca.certificatePem, ...more }, context)
    await expect(refused).rejects.toEqual(refusal('InvalidRequestException', text))
  })

  const roleArn = 'arn:aws:iam::1:role/Role'
  it.each([
    ['neither template nor name', {}, 'InvalidRequestException', 'either templateBody or templateName'],
    [
      'both',
      { templateBody: '{}', roleArn, templateName: 'x' },
      'InvalidRequestException',
      'either templateBody',
    ],
    ['a body without role', { templateBody: '{}' }, 'InvalidRequestException', 'must have a roleArn'],
    [
      'a template that fails the lint',
      { templateBody: 'bad', roleArn },
      'InvalidRequestException',
      'Resources: missing',
    ],
    [
      'a role that must not be passed',
      { templateBody: '{}', roleArn: `${roleArn}Forbidden` },
      'AccessDeniedException',
      'iam:PassRole',
    ],
  ])('with a registrationConfig of %s', async (_, registrationConfig, error, text) => {
    await expect(register(ca, { registrationConfig })).rejects.toEqual(refusal(error, text))
  })

  it('when it is registered, naming it', async () => {
    await register(ca)
    await expect(register(ca)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      members: {
        resourceId: ca.certificateId,
        resourceArn: `arn:aws:iot:us-east-1:${context.accountId}:cacert/${ca.certificateId}`,
      },
    })
  })

  it('when it is registered, before the proof of possession and the template are looked at', async () => {
    await register(ca)
    const registrationConfig = { templateBody: 'none', roleArn: 'none' }
    await expect(
      register(ca, { verificationCertificate: ca.certificatePem, registrationConfig }),
    ).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' })
  })

  it('in mode DEFAULT when another account has it in that mode', async () => {
    await register(ca)
    context = contextOf('999999999997')
    await expect(register(ca)).rejects.toEqual(refusal('ResourceAlreadyExistsException', 'another account'))
  })

  it('beyond ten CAs of one subject, however it is written', async () => {
    const key = makeKey('P-256')
    const make = (subject: string) => makeCa({ subject, key })
    for (let count = 0; count < 10; count++) await register(make('CN=Acme CA'))
    await expect(register(make('CN=ACME CA'))).rejects.toEqual(
      refusal('LimitExceededException', '10 CA certificates'),
    )
    await register(make('CN=Acme CA 2'))
  })

  it('with a wrong tag, and then nothing is registered', async () => {
    const tags = [{ Key: 'muster:first-connection', Value: 'maybe' }]
    await expect(register(ca, { tags })).rejects.toEqual(
      refusal('InvalidRequestException', 'close, accept, hold'),
    )
    expect(await findCaCertificate(store.read, context.accountId, ca.certificateId)).toBeUndefined()
    expect(announced).toEqual([])
  })
})

describe('a registered CA certificate', () => {
  const registrationConfig = { templateName: 'fleet' }

  it('can be changed in several ways by one call, which its version counts', async () => {
    await register(ca)
    announced = []
    now = new Date(now.getTime() + 5000)
    await operations.UpdateCACertificate(
      { certificateId, newStatus: 'ACTIVE', newAutoRegistrationStatus: 'ENABLE', registrationConfig },
      context,
    )
    const { certificateDescription, ...rest } = await operations.DescribeCACertificate(
      { certificateId },
      context,
    )
    expect(certificateDescription).toMatchObject({
      status: 'ACTIVE',
      autoRegistrationStatus: 'ENABLE',
      customerVersion: 2,
      lastModifiedDate: now,
    })
    expect(rest).toEqual({ registrationConfig })
    expect(announced).toHaveLength(1)
  })

  it('goes from JITP back to JITR by removeAutoRegistration', async () => {
    await register(ca, { registrationConfig })
    expect(await countCasWithTemplate(store.read, context.accountId, 'fleet')).toBe(1)
    await operations.UpdateCACertificate({ certificateId, removeAutoRegistration: true }, context)
    const described = await operations.DescribeCACertificate({ certificateId }, context)
    expect(described).not.toHaveProperty('registrationConfig')
    expect(await countCasWithTemplate(store.read, context.accountId, 'fleet')).toBe(0)
  })

  it('takes a template of the other form in place of its own', async () => {
    await register(ca, { registrationConfig })
    const other = { templateBody: '{}', roleArn: 'arn:aws:iam::1:role/Role' }
    await operations.UpdateCACertificate({ certificateId, registrationConfig: other }, context)
    const described = await operations.DescribeCACertificate({ certificateId }, context)
    expect(described.registrationConfig).toEqual(other)
  })

  it.each([
    [
      'both a template and its removal',
      { registrationConfig, removeAutoRegistration: true },
      'cannot be given with one',
    ],
    [
      'a bad template',
      { registrationConfig: { templateBody: 'bad', roleArn: 'arn:aws:iam::1:role/R' } },
      'Resources: missing',
    ],
    ['an empty registrationConfig', { registrationConfig: {} }, 'either templateBody or templateName'],
  ])('cannot be changed with %s', async (_, change, text) => {
    await register(ca)
    const refused = operations.UpdateCACertificate({ certificateId, ...change }, context)
    await expect(refused).rejects.toEqual(refusal('InvalidRequestException', text))
  })

  it('is deleted only when INACTIVE, with its tags', async () => {
    const { certificateArn } = await register(ca, { setAsActive: true, tags: [{ Key: 'a', Value: 'b' }] })
    await expect(operations.DeleteCACertificate({ certificateId }, context)).rejects.toEqual(
      refusal('CertificateStateException', 'ACTIVE'),
    )
    await operations.UpdateCACertificate({ certificateId, newStatus: 'INACTIVE' }, context)
    await operations.DeleteCACertificate({ certificateId }, context)
    expect(await listTags(store.read, context.accountId, certificateArn)).toEqual([])
    await expect(operations.DescribeCACertificate({ certificateId }, context)).rejects.toEqual(
      refusal('ResourceNotFoundException', certificateId),
    )
  })

  it('is unknown to every other account', async () => {
    await register(ca)
    context = contextOf('999999999996')
    for (const call of [
      () => operations.DescribeCACertificate({ certificateId }, context),
      () => operations.UpdateCACertificate({ certificateId, newStatus: 'ACTIVE' }, context),
      () => operations.DeleteCACertificate({ certificateId }, context),
    ])
      await expect(call()).rejects.toEqual(refusal('ResourceNotFoundException', certificateId))
    expect(await operations.ListCACertificates({}, context)).toEqual({ certificates: [] })
  })
})
