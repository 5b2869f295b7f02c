import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  extension,
  makeCa,
  makeCsr,
  makeKey,
  sequence,
  toPem,
  type TestCa,
} from '../../../test/helpers/certificates.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import { registerCaCertificate } from './ca-store.ts'
import { openIssuer } from './issuer.ts'
import { certificatesOperations } from './operations.ts'
import { findCertificate } from './store.ts'
import { memoryDirectory } from '../../../test/helpers/memory-directory.ts'
import { openStoreIn } from '../../../test/helpers/store.ts'

const directory = mkdtempSync(join(memoryDirectory(), 'muster-certificates-'))
const region = 'us-east-1'
let store: Store
let operations: ReturnType<typeof certificatesOperations>
let now = new Date()
let nextAccount = 1
let context: CallContext
let announced: Change[]
let attachments = { policies: 0, things: 0 }
let detached: string[]

beforeAll(async () => {
  store = await openStoreIn(directory)
})

afterAll(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

beforeEach(async () => {
  now = new Date()
  announced = []
  detached = []
  attachments = { policies: 0, things: 0 }
  const accountId = String(nextAccount++).padStart(12, '0')
  context = {
    accountId,
    region,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    caller: { accountId, kind: 'root', arn: `arn:aws:iam::${accountId}:root`, userId: accountId },
    authorize: async () => {},
  }
  operations = certificatesOperations({
    store,
    fabric: { announce: async (...changes) => void announced.push(...changes) },
    issuer: await openIssuer(join(directory, 'issuer')),
    now: () => now,
    attachmentsOf: async () => attachments,
    detachPolicies: async (_db, _accountId, arn) => void detached.push(arn),
  })
})

async function addCa(
  ca: TestCa,
  certificateMode: 'DEFAULT' | 'SNI_ONLY' = 'SNI_ONLY',
  status: 'ACTIVE' | 'INACTIVE' = 'ACTIVE',
) {
  return store.transact((db) =>
    registerCaCertificate(db, {
      accountId: context.accountId,
      region,
      certificate: parseCertificate(ca.certificatePem),
      certificateMode,
      status,
      autoRegistrationStatus: 'ENABLE',
      now,
    }),
  )
}

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string })

const describeCertificate = async (certificateId: string) =>
  (await operations.DescribeCertificate({ certificateId }, context)).certificateDescription

describe('a certificate registered with its CA', () => {
  it('is INACTIVE unless asked, knows its CA, and inherits its mode', async () => {
    const ca = makeCa()
    await addCa(ca, 'DEFAULT')
    const leaf = ca.issue()
    const { certificatePem, certificateId } = leaf
    const answer = await operations.RegisterCertificate({ certificatePem }, context)
    const certificateArn = `arn:aws:iot:${region}:${context.accountId}:cert/${certificateId}`
    expect(answer).toEqual({ certificateId, certificateArn })
    expect(await describeCertificate(certificateId)).toEqual({
      certificateArn,
      certificateId,
      caCertificateId: ca.certificateId,
      status: 'INACTIVE',
      certificatePem,
      ownedBy: context.accountId,
      creationDate: now,
      lastModifiedDate: now,
      customerVersion: 1,
      transferData: {},
      generationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      validity: { notBefore: expect.any(Date) as Date, notAfter: expect.any(Date) as Date },
      certificateMode: 'DEFAULT',
    })
    expect(announced).toEqual([{ accountId: context.accountId, kind: 'certificate', id: certificateId }])
  })

  it.each([
    ['the status', { status: 'REVOKED' as const }, 'REVOKED'],
    ['setAsActive', { setAsActive: true }, 'ACTIVE'],
    ['the status before setAsActive', { setAsActive: true, status: 'INACTIVE' as const }, 'INACTIVE'],
  ])('takes %s from the request', async (_, more, status) => {
    const ca = makeCa()
    await addCa(ca)
    const { certificatePem, certificateId } = ca.issue()
    await operations.RegisterCertificate({ certificatePem, ...more }, context)
    expect(await describeCertificate(certificateId)).toMatchObject({ status })
  })

  it('may be of version 1 with serial 0 and no CN, and not be valid yet', async () => {
    const ca = makeCa()
    await addCa(ca)
    const options = {
      version: 1,
      serialNumber: 0n,
      subject: 'C=US,O=Acme',
      notBefore: new Date('2090-01-01'),
    } as const
    const { certificatePem, certificateId } = ca.issue(options)
    expect(await operations.RegisterCertificate({ certificatePem }, context)).toMatchObject({ certificateId })
  })

  it('may be of a CA that is INACTIVE: that stops automatic registration alone', async () => {
    const ca = makeCa()
    await addCa(ca, 'SNI_ONLY', 'INACTIVE')
    const { certificatePem, certificateId } = ca.issue()
    await operations.RegisterCertificate({ certificatePem }, context)
    expect(await describeCertificate(certificateId)).toMatchObject({ caCertificateId: ca.certificateId })
  })

  it('needs its CA named when two registered ones have the same subject and key', async () => {
    const key = makeKey('P-256')
    const [old, renewed] = [makeCa({ key, days: 10 }), makeCa({ key, days: 20 })]
    await addCa(old)
    await addCa(renewed)
    const { certificatePem, certificateId } = old.issue()
    await expect(operations.RegisterCertificate({ certificatePem }, context)).rejects.toEqual(
      refusal('CertificateConflictException', 'name one with caCertificatePem'),
    )
    const caCertificatePem = old.certificatePem
    await operations.RegisterCertificate({ certificatePem, caCertificatePem }, context)
    expect(await describeCertificate(certificateId)).toMatchObject({ caCertificateId: old.certificateId })
  })
})

describe('a certificate that is registered already', () => {
  const both = ['RegisterCertificate', 'RegisterCertificateWithoutCA'] as const
  const exists = (certificateId: string) =>
    expect.objectContaining({
      code: 'ResourceAlreadyExistsException',
      members: {
        resourceId: certificateId,
        resourceArn: `arn:aws:iot:${region}:${context.accountId}:cert/${certificateId}`,
      },
    })

  it.each(both)(
    'is so before anything else is judged, also when it was issued here: %s',
    async (operation) => {
      const { certificateId, certificatePem } = await operations.CreateKeysAndCertificate({}, context)
      await expect(operations[operation]({ certificatePem }, context)).rejects.toEqual(exists(certificateId!))
    },
  )

  it.each(both)('is so when it has expired since, or its CA is gone: %s', async (operation) => {
    const { certificateId, certificatePem } = makeCa().issue({ days: 1 })
    await operations.RegisterCertificateWithoutCA({ certificatePem }, context)
    now = new Date(Date.now() + 2 * 86_400_000)
    await expect(operations[operation]({ certificatePem }, context)).rejects.toEqual(exists(certificateId))
  })

  it('is another one in another account', async () => {
    const { certificatePem } = makeCa().issue()
    const first = await operations.RegisterCertificateWithoutCA({ certificatePem }, context)
    context.accountId = '999999999999'
    const second = await operations.RegisterCertificateWithoutCA({ certificatePem }, context)
    expect(second).toEqual({
      ...first,
      certificateArn: expect.stringContaining(':999999999999:cert/') as string,
    })
  })
})

describe('registering a certificate is refused', () => {
  const ca = makeCa({ subject: 'CN=Acme CA' })
  const other = makeCa({ subject: 'CN=Other CA' })
  const rsaCa = makeCa({ subject: 'CN=RSA CA', keyType: 'RSA-2048' })
  const leaf = ca.issue()

  it.each([
    [
      'by a CA that is not registered',
      other.issue(),
      undefined,
      'is signed by "CN=Other CA"; no CA certificate of that name',
    ],
    ['with a forged signature', ca.issue({ forged: true }), undefined, 'that name did not sign it'],
    ['by a namesake', makeCa({ subject: 'CN=Acme CA' }).issue(), undefined, 'that name did not sign it'],
    [
      'with another key identifier',
      ca.issue({ authorityKeyId: Buffer.of(1) }),
      undefined,
      'that name did not sign it',
    ],
    ['with a CA that did not sign it', leaf, other, 'is signed by "CN=Acme CA", not by "CN=Other CA"'],
    [
      'with its CA that is not registered',
      other.issue(),
      other,
      'the CA certificate "CN=Other CA" is not registered',
    ],
    [
      'with a CA that is no certificate',
      leaf,
      { certificatePem: 'x' },
      'the given CA certificate is not readable',
    ],
    [
      'that expired',
      ca.issue({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }),
      undefined,
      'the certificate expired on 2021-01-01T00:00:00Z',
    ],
    [
      'signed with SHA-1',
      ca.issue({ signature: 'SHA-1' }),
      undefined,
      'the certificate is signed with SHA1-ECDSA; expected',
    ],
    ['signed with MD5', rsaCa.issue({ signature: 'MD5' }), undefined, 'is signed with MD5-RSA'],
    [
      'signed with RSASSA-PSS and SHA-1',
      rsaCa.issue({ signature: 'PSS-SHA-1' }),
      undefined,
      'is signed with SHA1-RSAPSS',
    ],
    [
      'with a small key',
      ca.issue({ keyType: 'RSA-1024' }),
      undefined,
      'the certificate has an RSA key of 1024 bits',
    ],
    ['with an Ed25519 key', ca.issue({ keyType: 'Ed25519' }), undefined, 'has a key of type ed25519'],
    [
      'with an unknown critical extension',
      ca.issue({ extensions: [extension('1.2.3.4', sequence(), true)] }),
      undefined,
      'has the critical extension 1.2.3.4',
    ],
    [
      'for servers alone',
      ca.issue({ purposes: ['1.3.6.1.5.5.7.3.1'] }),
      undefined,
      'has an extKeyUsage of serverAuth without clientAuth',
    ],
    [
      'that is no certificate',
      { certificatePem: toPem('CERTIFICATE', Buffer.from('x')) },
      undefined,
      'is not a valid X.509 certificate',
    ],
  ])('%s', async (_, { certificatePem }, named, text) => {
    await addCa(ca)
    await addCa(rsaCa)
    const input = { certificatePem, ...(named && { caCertificatePem: named.certificatePem }) }
    await expect(operations.RegisterCertificate(input, context)).rejects.toEqual(
      refusal('CertificateValidationException', text),
    )
    expect((await operations.ListCertificates({}, context)).certificates).toEqual([])
    expect(announced).toEqual([])
  })

  it.each(['PENDING_ACTIVATION', 'PENDING_TRANSFER', 'REGISTER_INACTIVE'] as const)(
    'as %s',
    async (status) => {
      const { certificatePem } = leaf
      const refused = operations.RegisterCertificateWithoutCA({ certificatePem, status }, context)
      const text = `Not allowed to register certificate with ${status} status`
      await expect(refused).rejects.toEqual(refusal('CertificateStateException', text))
    },
  )

  it('twice, naming the one that is there', async () => {
    const { certificatePem, certificateId } = leaf
    const { certificateArn } = await operations.RegisterCertificateWithoutCA({ certificatePem }, context)
    await expect(operations.RegisterCertificateWithoutCA({ certificatePem }, context)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      message: 'The certificate is already provisioned or registered',
      members: { resourceId: certificateId, resourceArn: certificateArn },
    })
  })
})

describe('a certificate registered without CA', () => {
  it('is in mode SNI_ONLY and has no caCertificateId, even when its CA is registered', async () => {
    const ca = makeCa()
    await addCa(ca, 'DEFAULT')
    const { certificatePem, certificateId } = ca.issue()
    await operations.RegisterCertificateWithoutCA({ certificatePem, status: 'ACTIVE' }, context)
    const described = await describeCertificate(certificateId)
    expect(described).toMatchObject({ certificateMode: 'SNI_ONLY', status: 'ACTIVE' })
    expect(described).not.toHaveProperty('caCertificateId')
  })
})

describe('a certificate that Muster issues', () => {
  it('comes with its keys, is registered, and is ACTIVE when asked', async () => {
    const { certificatePem, certificateId, keyPair } = await operations.CreateKeysAndCertificate(
      { setAsActive: true },
      context,
    )
    const { x509 } = parseCertificate(certificatePem ?? '')
    expect(x509.checkPrivateKey(createPrivateKey(keyPair?.PrivateKey ?? ''))).toBe(true)
    expect(createPublicKey(keyPair?.PublicKey ?? '').equals(x509.publicKey)).toBe(true)
    const described = await describeCertificate(certificateId ?? '')
    expect(described).toMatchObject({ status: 'ACTIVE', certificatePem, certificateMode: 'DEFAULT' })
    expect(described).not.toHaveProperty('caCertificateId')
    expect(announced).toHaveLength(1)
  })

  it('is a new one for each signing request, INACTIVE unless asked', async () => {
    const input = { certificateSigningRequest: makeCsr().csrPem }
    const first = await operations.CreateCertificateFromCsr(input, context)
    const second = await operations.CreateCertificateFromCsr({ ...input, setAsActive: true }, context)
    expect(second.certificateId).not.toBe(first.certificateId)
    expect(await describeCertificate(first.certificateId ?? '')).toMatchObject({ status: 'INACTIVE' })
    expect(await describeCertificate(second.certificateId ?? '')).toMatchObject({ status: 'ACTIVE' })
  })

  it('is not made for a request that is refused', async () => {
    const certificateSigningRequest = makeCsr({ forged: true }).csrPem
    await expect(operations.CreateCertificateFromCsr({ certificateSigningRequest }, context)).rejects.toEqual(
      refusal('InvalidRequestException', 'its signature was not made with its own key'),
    )
    expect((await operations.ListCertificates({}, context)).certificates).toEqual([])
  })
})

describe('the lists of certificates', () => {
  it('hold all of the account, or those of one CA', async () => {
    const [one, two] = [makeCa({ subject: 'CN=one' }), makeCa({ subject: 'CN=two' })]
    for (const ca of [one, two]) {
      await addCa(ca)
      await operations.RegisterCertificate({ certificatePem: ca.issue().certificatePem }, context)
    }
    const { certificateId: caCertificateId } = one
    expect((await operations.ListCertificatesByCA({ caCertificateId }, context)).certificates).toHaveLength(1)
    expect((await operations.ListCertificates({}, context)).certificates).toHaveLength(2)
  })
})

describe('updating a certificate', () => {
  const register = async (status: 'ACTIVE' | 'INACTIVE' | 'REVOKED' = 'INACTIVE') => {
    const { certificatePem, certificateId } = makeCa().issue()
    await operations.RegisterCertificateWithoutCA({ certificatePem, status }, context)
    announced = []
    return certificateId
  }

  it('sets the status, counts the change, and announces it', async () => {
    const certificateId = await register()
    now = new Date(now.getTime() + 5000)
    await operations.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, context)
    expect(await describeCertificate(certificateId)).toMatchObject({
      status: 'ACTIVE',
      customerVersion: 2,
      lastModifiedDate: now,
    })
    expect(announced).toEqual([{ accountId: context.accountId, kind: 'certificate', id: certificateId }])
  })

  it('to the status it has changes nothing', async () => {
    const certificateId = await register('REVOKED')
    await operations.UpdateCertificate({ certificateId, newStatus: 'REVOKED' }, context)
    expect(await describeCertificate(certificateId)).toMatchObject({ status: 'REVOKED', customerVersion: 1 })
  })

  it.each(['PENDING_ACTIVATION', 'PENDING_TRANSFER', 'REGISTER_INACTIVE'] as const)(
    'to %s is refused',
    async (newStatus) => {
      const certificateId = await register()
      await expect(operations.UpdateCertificate({ certificateId, newStatus }, context)).rejects.toEqual(
        refusal('CertificateStateException', `cannot be set to ${newStatus}`),
      )
      expect(announced).toEqual([])
    },
  )

  it('that is not there is refused', async () => {
    const certificateId = 'a'.repeat(64)
    for (const call of [
      () => operations.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, context),
      () => operations.DeleteCertificate({ certificateId }, context),
      () => operations.DescribeCertificate({ certificateId }, context),
    ])
      await expect(call()).rejects.toEqual(refusal('ResourceNotFoundException', certificateId))
  })
})

describe('deleting a certificate', () => {
  const register = async (status: 'ACTIVE' | 'INACTIVE' | 'REVOKED') => {
    const { certificatePem } = makeCa().issue()
    const { certificateId } = await operations.RegisterCertificateWithoutCA(
      { certificatePem, status },
      context,
    )
    return certificateId ?? ''
  }

  it.each([
    ['INACTIVE', { policies: 0, things: 0 }, false],
    ['REVOKED', { policies: 0, things: 0 }, false],
    ['INACTIVE', { policies: 2, things: 0 }, true],
  ] as const)('works when %s with %j attached, forceDelete %s', async (status, attached, forceDelete) => {
    const certificateId = await register(status)
    attachments = attached
    await operations.DeleteCertificate({ certificateId, forceDelete }, context)
    expect(await findCertificate(store.read, context.accountId, certificateId)).toBeUndefined()
    expect(detached).toEqual([`arn:aws:iot:${region}:${context.accountId}:cert/${certificateId}`])
  })

  it.each([
    ['ACTIVE', { policies: 0, things: 0 }, false, 'CertificateStateException', 'is ACTIVE cannot be deleted'],
    ['ACTIVE', { policies: 0, things: 0 }, true, 'CertificateStateException', 'is ACTIVE cannot be deleted'],
    ['INACTIVE', { policies: 1, things: 0 }, false, 'DeleteConflictException', '1 policies are attached'],
    ['INACTIVE', { policies: 0, things: 1 }, false, 'DeleteConflictException', '1 things are attached'],
    ['INACTIVE', { policies: 0, things: 1 }, true, 'DeleteConflictException', '1 things are attached'],
  ] as const)(
    'is refused when %s with %j attached, forceDelete %s',
    async (status, attached, forceDelete, code, text) => {
      const certificateId = await register(status)
      attachments = attached
      await expect(operations.DeleteCertificate({ certificateId, forceDelete }, context)).rejects.toEqual(
        refusal(code, text),
      )
      expect(await findCertificate(store.read, context.accountId, certificateId)).toBeDefined()
      expect(detached).toEqual([])
    },
  )
})
