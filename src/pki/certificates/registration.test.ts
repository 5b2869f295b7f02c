import { createPrivateKey, createPublicKey } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { extension, makeCa, makeCsr, makeKey, sequence, toPem } from '../../../test/helpers/certificates.ts'
import { parseCertificate } from '../../lib/x509.ts'
import { CertificateScene, openShared, refusal, region } from './testing/test-certificates.ts'

let shared: Awaited<ReturnType<typeof openShared>>
let scene: CertificateScene
beforeAll(async () => void (shared = await openShared()))
afterAll(() => shared[Symbol.asyncDispose]())
beforeEach(() => void (scene = new CertificateScene(shared)))

describe('a certificate registered with its CA', () => {
  it('is INACTIVE unless asked, knows its CA, and inherits its mode', async () => {
    const ca = makeCa()
    await scene.addCa(ca, 'DEFAULT')
    const leaf = ca.issue()
    const { certificatePem, certificateId } = leaf
    const answer = await scene.operations.RegisterCertificate({ certificatePem }, scene.context)
    const certificateArn = `arn:aws:iot:${region}:${scene.context.accountId}:cert/${certificateId}`
    expect(answer).toEqual({ certificateId, certificateArn })
    expect(await scene.describe(certificateId)).toEqual({
      certificateArn,
      certificateId,
      caCertificateId: ca.certificateId,
      status: 'INACTIVE',
      certificatePem,
      ownedBy: scene.context.accountId,
      creationDate: scene.now,
      lastModifiedDate: scene.now,
      customerVersion: 1,
      transferData: {},
      generationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      validity: { notBefore: expect.any(Date) as Date, notAfter: expect.any(Date) as Date },
      certificateMode: 'DEFAULT',
    })
    expect(scene.announced).toEqual([
      { accountId: scene.context.accountId, kind: 'certificate', id: certificateId },
    ])
  })

  it.each([
    ['the status', { status: 'REVOKED' as const }, 'REVOKED'],
    ['setAsActive', { setAsActive: true }, 'ACTIVE'],
    ['the status before setAsActive', { setAsActive: true, status: 'INACTIVE' as const }, 'INACTIVE'],
  ])('takes %s from the request', async (_, more, status) => {
    const ca = makeCa()
    await scene.addCa(ca)
    const { certificatePem, certificateId } = ca.issue()
    await scene.operations.RegisterCertificate({ certificatePem, ...more }, scene.context)
    expect(await scene.describe(certificateId)).toMatchObject({ status })
  })

  it('may be of version 1 with serial 0 and no CN, and not be valid yet', async () => {
    const ca = makeCa()
    await scene.addCa(ca)
    const options = {
      version: 1,
      serialNumber: 0n,
      subject: 'C=US,O=Acme',
      notBefore: new Date('2090-01-01'),
    } as const
    const { certificatePem, certificateId } = ca.issue(options)
    expect(await scene.operations.RegisterCertificate({ certificatePem }, scene.context)).toMatchObject({
      certificateId,
    })
  })

  it('may be of a CA that is INACTIVE: that stops automatic registration alone', async () => {
    const ca = makeCa()
    await scene.addCa(ca, 'SNI_ONLY', 'INACTIVE')
    const { certificatePem, certificateId } = ca.issue()
    await scene.operations.RegisterCertificate({ certificatePem }, scene.context)
    expect(await scene.describe(certificateId)).toMatchObject({ caCertificateId: ca.certificateId })
  })

  it('needs its CA named when two registered ones have the same subject and key', async () => {
    const key = makeKey('P-256')
    const [old, renewed] = [makeCa({ key, days: 10 }), makeCa({ key, days: 20 })]
    await scene.addCa(old)
    await scene.addCa(renewed)
    const { certificatePem, certificateId } = old.issue()
    await expect(scene.operations.RegisterCertificate({ certificatePem }, scene.context)).rejects.toEqual(
      refusal('CertificateConflictException', 'name one with caCertificatePem'),
    )
    const caCertificatePem = old.certificatePem
    await scene.operations.RegisterCertificate({ certificatePem, caCertificatePem }, scene.context)
    expect(await scene.describe(certificateId)).toMatchObject({ caCertificateId: old.certificateId })
  })
})

describe('a certificate that is registered already', () => {
  const both = ['RegisterCertificate', 'RegisterCertificateWithoutCA'] as const
  const exists = (certificateId: string) =>
    expect.objectContaining({
      code: 'ResourceAlreadyExistsException',
      members: {
        resourceId: certificateId,
        resourceArn: `arn:aws:iot:${region}:${scene.context.accountId}:cert/${certificateId}`,
      },
    })

  it.each(both)(
    'is so before anything else is judged, also when it was issued here: %s',
    async (operation) => {
      const { certificateId, certificatePem } = await scene.operations.CreateKeysAndCertificate(
        {},
        scene.context,
      )
      await expect(scene.operations[operation]({ certificatePem }, scene.context)).rejects.toEqual(
        exists(certificateId!),
      )
    },
  )

  it.each(both)('is so when it has expired since, or its CA is gone: %s', async (operation) => {
    const { certificateId, certificatePem } = makeCa().issue({ days: 1 })
    await scene.operations.RegisterCertificateWithoutCA({ certificatePem }, scene.context)
    scene.now = new Date(Date.now() + 2 * 86_400_000)
    await expect(scene.operations[operation]({ certificatePem }, scene.context)).rejects.toEqual(
      exists(certificateId),
    )
  })

  it('is another one in another account', async () => {
    const { certificatePem } = makeCa().issue()
    const first = await scene.operations.RegisterCertificateWithoutCA({ certificatePem }, scene.context)
    scene.context.accountId = '999999999999'
    const second = await scene.operations.RegisterCertificateWithoutCA({ certificatePem }, scene.context)
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
    await scene.addCa(ca)
    await scene.addCa(rsaCa)
    const input = { certificatePem, ...(named && { caCertificatePem: named.certificatePem }) }
    await expect(scene.operations.RegisterCertificate(input, scene.context)).rejects.toEqual(
      refusal('CertificateValidationException', text),
    )
    expect((await scene.operations.ListCertificates({}, scene.context)).certificates).toEqual([])
    expect(scene.announced).toEqual([])
  })

  it.each(['PENDING_ACTIVATION', 'PENDING_TRANSFER', 'REGISTER_INACTIVE'] as const)(
    'as %s',
    async (status) => {
      const { certificatePem } = leaf
      const refused = scene.operations.RegisterCertificateWithoutCA({ certificatePem, status }, scene.context)
      const text = `Not allowed to register certificate with ${status} status`
      await expect(refused).rejects.toEqual(refusal('CertificateStateException', text))
    },
  )

  it('twice, naming the one that is there', async () => {
    const { certificatePem, certificateId } = leaf
    const { certificateArn } = await scene.operations.RegisterCertificateWithoutCA(
      { certificatePem },
      scene.context,
    )
    await expect(
      scene.operations.RegisterCertificateWithoutCA({ certificatePem }, scene.context),
    ).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      message: 'The certificate is already provisioned or registered',
      members: { resourceId: certificateId, resourceArn: certificateArn },
    })
  })
})

describe('a certificate registered without CA', () => {
  it('is in mode SNI_ONLY and has no caCertificateId, even when its CA is registered', async () => {
    const ca = makeCa()
    await scene.addCa(ca, 'DEFAULT')
    const { certificatePem, certificateId } = ca.issue()
    await scene.operations.RegisterCertificateWithoutCA({ certificatePem, status: 'ACTIVE' }, scene.context)
    const described = await scene.describe(certificateId)
    expect(described).toMatchObject({ certificateMode: 'SNI_ONLY', status: 'ACTIVE' })
    expect(described).not.toHaveProperty('caCertificateId')
  })
})

describe('a certificate that Muster issues', () => {
  it('comes with its keys, is registered, and is ACTIVE when asked', async () => {
    const { certificatePem, certificateId, keyPair } = await scene.operations.CreateKeysAndCertificate(
      { setAsActive: true },
      scene.context,
    )
    const { x509 } = parseCertificate(certificatePem ?? '')
    expect(x509.checkPrivateKey(createPrivateKey(keyPair?.PrivateKey ?? ''))).toBe(true)
    expect(createPublicKey(keyPair?.PublicKey ?? '').equals(x509.publicKey)).toBe(true)
    const described = await scene.describe(certificateId ?? '')
    expect(described).toMatchObject({ status: 'ACTIVE', certificatePem, certificateMode: 'DEFAULT' })
    expect(described).not.toHaveProperty('caCertificateId')
    expect(scene.announced).toHaveLength(1)
  })

  it('is a new one for each signing request, INACTIVE unless asked', async () => {
    const input = { certificateSigningRequest: makeCsr().csrPem }
    const first = await scene.operations.CreateCertificateFromCsr(input, scene.context)
    const second = await scene.operations.CreateCertificateFromCsr(
      { ...input, setAsActive: true },
      scene.context,
    )
    expect(second.certificateId).not.toBe(first.certificateId)
    expect(await scene.describe(first.certificateId ?? '')).toMatchObject({ status: 'INACTIVE' })
    expect(await scene.describe(second.certificateId ?? '')).toMatchObject({ status: 'ACTIVE' })
  })

  it('is not made for a request that is refused', async () => {
    const certificateSigningRequest = makeCsr({ forged: true }).csrPem
    await expect(
      scene.operations.CreateCertificateFromCsr({ certificateSigningRequest }, scene.context),
    ).rejects.toEqual(refusal('InvalidRequestException', 'its signature was not made with its own key'))
    expect((await scene.operations.ListCertificates({}, scene.context)).certificates).toEqual([])
  })
})
