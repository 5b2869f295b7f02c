import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../test/helpers/certificates.ts'
import { findCertificate } from './store.ts'
import { CertificateScene, openShared, refusal, region } from './testing/test-certificates.ts'

let shared: Awaited<ReturnType<typeof openShared>>
let scene: CertificateScene
beforeAll(async () => void (shared = await openShared()))
afterAll(() => shared[Symbol.asyncDispose]())
beforeEach(() => void (scene = new CertificateScene(shared)))

describe('the lists of certificates', () => {
  it('hold all of the account, or those of one CA', async () => {
    const [one, two] = [makeCa({ subject: 'CN=one' }), makeCa({ subject: 'CN=two' })]
    for (const ca of [one, two]) {
      await scene.addCa(ca)
      await scene.operations.RegisterCertificate({ certificatePem: ca.issue().certificatePem }, scene.context)
    }
    const { certificateId: caCertificateId } = one
    expect(
      (await scene.operations.ListCertificatesByCA({ caCertificateId }, scene.context)).certificates,
    ).toHaveLength(1)
    expect((await scene.operations.ListCertificates({}, scene.context)).certificates).toHaveLength(2)
  })
})

describe('updating a certificate', () => {
  const register = async (status: 'ACTIVE' | 'INACTIVE' | 'REVOKED' = 'INACTIVE') => {
    const { certificatePem, certificateId } = makeCa().issue()
    await scene.operations.RegisterCertificateWithoutCA({ certificatePem, status }, scene.context)
    scene.announced = []
    return certificateId
  }

  it('sets the status, counts the change, and announces it', async () => {
    const certificateId = await register()
    scene.now = new Date(scene.now.getTime() + 5000)
    await scene.operations.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, scene.context)
    expect(await scene.describe(certificateId)).toMatchObject({
      status: 'ACTIVE',
      customerVersion: 2,
      lastModifiedDate: scene.now,
    })
    expect(scene.announced).toEqual([
      { accountId: scene.context.accountId, kind: 'certificate', id: certificateId },
    ])
  })

  it('to the status it has changes nothing', async () => {
    const certificateId = await register('REVOKED')
    await scene.operations.UpdateCertificate({ certificateId, newStatus: 'REVOKED' }, scene.context)
    expect(await scene.describe(certificateId)).toMatchObject({ status: 'REVOKED', customerVersion: 1 })
  })

  it.each(['PENDING_ACTIVATION', 'PENDING_TRANSFER', 'REGISTER_INACTIVE'] as const)(
    'to %s is refused',
    async (newStatus) => {
      const certificateId = await register()
      await expect(
        scene.operations.UpdateCertificate({ certificateId, newStatus }, scene.context),
      ).rejects.toEqual(refusal('CertificateStateException', `cannot be set to ${newStatus}`))
      expect(scene.announced).toEqual([])
    },
  )

  it('that is not there is refused', async () => {
    const certificateId = 'a'.repeat(64)
    for (const call of [
      () => scene.operations.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, scene.context),
      () => scene.operations.DeleteCertificate({ certificateId }, scene.context),
      () => scene.operations.DescribeCertificate({ certificateId }, scene.context),
    ])
      await expect(call()).rejects.toEqual(refusal('ResourceNotFoundException', certificateId))
  })
})

describe('deleting a certificate', () => {
  const register = async (status: 'ACTIVE' | 'INACTIVE' | 'REVOKED') => {
    const { certificatePem } = makeCa().issue()
    const { certificateId } = await scene.operations.RegisterCertificateWithoutCA(
      { certificatePem, status },
      scene.context,
    )
    return certificateId ?? ''
  }

  it.each([
    ['INACTIVE', { policies: 0, things: 0 }, false],
    ['REVOKED', { policies: 0, things: 0 }, false],
    ['INACTIVE', { policies: 2, things: 0 }, true],
  ] as const)('works when %s with %j attached, forceDelete %s', async (status, attached, forceDelete) => {
    const certificateId = await register(status)
    scene.attachments = attached
    await scene.operations.DeleteCertificate({ certificateId, forceDelete }, scene.context)
    expect(await findCertificate(scene.store.read, scene.context.accountId, certificateId)).toBeUndefined()
    expect(scene.detached).toEqual([`arn:aws:iot:${region}:${scene.context.accountId}:cert/${certificateId}`])
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
      scene.attachments = attached
      await expect(
        scene.operations.DeleteCertificate({ certificateId, forceDelete }, scene.context),
      ).rejects.toEqual(refusal(code, text))
      expect(await findCertificate(scene.store.read, scene.context.accountId, certificateId)).toBeDefined()
      expect(scene.detached).toEqual([])
    },
  )
})
