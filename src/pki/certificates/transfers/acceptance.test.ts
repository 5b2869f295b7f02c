import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, type TestCa } from '../../../../test/helpers/certificates.ts'
import type { CallContext } from '../../../api/aws/operations.ts'
import { parseCertificate } from '../../../lib/x509.ts'
import { findDeviceCount } from '../ca-devices-store.ts'
import { registerCaCertificate } from '../ca-store.ts'
import { transfersOperations } from './operations.ts'
import { findReceiver } from './transfer-store.ts'
import { openShared, refusal, region } from '../testing/test-certificates.ts'
import { completed, notFound, notTransferred, start, TransferScene } from './testing/test-transfers.ts'

let shared: Awaited<ReturnType<typeof openShared>>
let scene: TransferScene
beforeAll(async () => void (shared = await openShared()))
afterAll(() => shared[Symbol.asyncDispose]())
beforeEach(async () => void (scene = await new TransferScene(shared).begin()))

describe('a transfer that is accepted', () => {
  it('gives the certificate to the other account, INACTIVE, with the same id', async () => {
    await scene.transfer(scene.receiver, 'yours')
    scene.later()
    scene.announced = []
    await scene.accept()
    expect(await scene.describeFor(scene.receiver)).toMatchObject({
      certificateArn: scene.arnIn(scene.receiver),
      certificateId: scene.certificateId,
      certificatePem: scene.certificatePem,
      status: 'INACTIVE',
      ownedBy: scene.receiver.accountId,
      previousOwnedBy: scene.giver.accountId,
      creationDate: start,
      lastModifiedDate: scene.now,
      customerVersion: 3,
      transferData: { transferDate: start, transferMessage: 'yours', acceptDate: scene.now },
    })
    expect(scene.announced).toEqual(
      [scene.giver, scene.receiver].map(({ accountId }) => ({
        accountId,
        kind: 'certificate',
        id: scene.certificateId,
      })),
    )
  })

  it('is ACTIVE when asked', async () => {
    await scene.transfer()
    await scene.accept(scene.receiver, true)
    expect(await scene.describeFor(scene.receiver)).toMatchObject({ status: 'ACTIVE' })
  })

  it('is not there any more for the one that gave it', async () => {
    await scene.transfer()
    await scene.accept()
    await expect(scene.describeFor(scene.giver)).rejects.toEqual(notFound)
    expect([await scene.listFor(scene.giver), await scene.outgoingOf(scene.giver)]).toEqual([[], []])
    for (const call of [
      () =>
        scene.certificates.UpdateCertificate(
          { certificateId: scene.certificateId, newStatus: 'ACTIVE' },
          scene.giver,
        ),
      () => scene.certificates.DeleteCertificate({ certificateId: scene.certificateId }, scene.giver),
      () => scene.transfer(scene.other),
    ])
      await expect(call()).rejects.toEqual(notFound)
    expect(await findReceiver(scene.store.read, scene.giver.accountId, scene.certificateId)).toBe(
      scene.receiver.accountId,
    )
  })

  it('is written down in both accounts', async () => {
    await scene.transfer()
    scene.entries = []
    await scene.accept()
    expect(scene.entries.map(({ accountId, code, details }) => [accountId, code, details?.['by']])).toEqual([
      [scene.receiver.accountId, 'certificate-transfer-accepted', scene.receiver.caller.arn],
      [scene.giver.accountId, 'certificate-transfer-accepted', undefined],
    ])
  })

  it('is used as any other: activated, deleted, and given on, also back', async () => {
    await scene.transfer()
    await scene.accept()
    await scene.transfer(scene.other, '', scene.receiver)
    expect(await scene.describeFor(scene.receiver)).toMatchObject({
      previousOwnedBy: scene.receiver.accountId,
    })
    await scene.accept(scene.other)
    await scene.transfer(scene.giver, '', scene.other)
    await scene.accept(scene.giver, true)
    expect(await scene.describeFor(scene.giver)).toMatchObject({
      status: 'ACTIVE',
      previousOwnedBy: scene.other.accountId,
    })
    const receivers = [scene.giver, scene.receiver, scene.other].map(({ accountId }) =>
      findReceiver(scene.store.read, accountId, scene.certificateId),
    )
    expect(await Promise.all(receivers)).toEqual([undefined, scene.other.accountId, scene.giver.accountId])
    await scene.certificates.UpdateCertificate(
      { certificateId: scene.certificateId, newStatus: 'INACTIVE' },
      scene.giver,
    )
    await scene.certificates.DeleteCertificate({ certificateId: scene.certificateId }, scene.giver)
    await expect(scene.describeFor(scene.giver)).rejects.toEqual(notFound)
  })

  it('leaves tags behind', async () => {
    await scene.store.transact((db) =>
      db
        .insertInto('tags')
        .values({
          account_id: scene.giver.accountId,
          resource_arn: scene.arnIn(scene.giver),
          key: 'site',
          value: 'secret',
        })
        .execute(),
    )
    await scene.transfer()
    await scene.accept()
    const tags = scene.store.read.selectFrom('tags').selectAll()
    expect(
      await tags
        .where('resource_arn', 'in', [scene.arnIn(scene.giver), scene.arnIn(scene.receiver)])
        .execute(),
    ).toEqual([])
  })

  it('may be refused to nobody because the giving account was closed meanwhile', async () => {
    await scene.transfer()
    const isOpenAccount = (accountId: string) => accountId !== scene.giver.accountId
    const deps = {
      store: scene.store,
      fabric: { announce: async () => {} },
      record: () => {},
      now: () => scene.now,
    }
    const afterwards = transfersOperations({
      ...deps,
      isOpenAccount,
      attachmentsOf: async () => scene.attachments,
    })
    await afterwards.AcceptCertificateTransfer({ certificateId: scene.certificateId }, scene.receiver)
    expect(await scene.describeFor(scene.receiver)).toMatchObject({ status: 'INACTIVE' })
  })
})

describe('the CA of a certificate that is transferred', () => {
  let ca: TestCa

  const addCa = ({ accountId }: CallContext, certificateMode: 'DEFAULT' | 'SNI_ONLY') =>
    scene.store.transact((db) =>
      registerCaCertificate(db, {
        accountId,
        region,
        certificate: parseCertificate(ca.certificatePem),
        certificateMode,
        status: 'ACTIVE',
        autoRegistrationStatus: 'ENABLE',
        now: scene.now,
      }),
    )
  const countIn = ({ accountId }: CallContext) =>
    findDeviceCount(scene.store.read, { accountId, caCertificateId: ca.certificateId })

  beforeEach(async () => {
    scene.now = new Date()
    ca = makeCa()
    await addCa(scene.giver, 'DEFAULT')
    ;({ certificateId: scene.certificateId, certificatePem: scene.certificatePem } = ca.issue())
    await scene.certificates.RegisterCertificate({ certificatePem: scene.certificatePem }, scene.giver)
  })

  it('is named no more where it is not registered; the mode stays', async () => {
    await scene.transfer()
    expect(await countIn(scene.giver)).toBe(1)
    await scene.accept()
    const described = await scene.describeFor(scene.receiver)
    expect(described).toMatchObject({ certificateMode: 'DEFAULT' })
    expect(described).not.toHaveProperty('caCertificateId')
    expect([await countIn(scene.giver), await countIn(scene.receiver)]).toEqual([0, 0])
  })

  it('is not told to the other account before it accepts, whatever that has', async () => {
    await addCa(scene.receiver, 'SNI_ONLY')
    await scene.transfer()
    expect(await scene.describeFor(scene.giver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect(await scene.describeFor(scene.receiver)).not.toHaveProperty('caCertificateId')
  })

  it('counts it in the other account where it is registered there too', async () => {
    await addCa(scene.receiver, 'SNI_ONLY')
    await scene.transfer()
    await scene.accept()
    expect(await scene.describeFor(scene.receiver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect([await countIn(scene.giver), await countIn(scene.receiver)]).toEqual([0, 1])
    const { certificates: listed } = await scene.certificates.ListCertificatesByCA(
      { caCertificateId: ca.certificateId },
      scene.receiver,
    )
    expect(listed).toMatchObject([{ certificateId: scene.certificateId }])
  })

  it('is named again where it is registered, whoever had the certificate meanwhile', async () => {
    await scene.transfer()
    await scene.accept()
    await scene.transfer(scene.giver, '', scene.receiver)
    await scene.accept(scene.giver)
    expect(await scene.describeFor(scene.giver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect([await countIn(scene.giver), await countIn(scene.receiver)]).toEqual([1, 0])
  })

  it('is named where it is registered, also if the giving account had the certificate without it', async () => {
    ;({ certificateId: scene.certificateId, certificatePem: scene.certificatePem } = ca.issue())
    await scene.certificates.RegisterCertificateWithoutCA(
      { certificatePem: scene.certificatePem },
      scene.giver,
    )
    await addCa(scene.receiver, 'SNI_ONLY')
    await scene.transfer()
    await scene.accept()
    expect(await scene.describeFor(scene.receiver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect([await countIn(scene.giver), await countIn(scene.receiver)]).toEqual([1, 1])
  })

  it('is none that is only called like it', async () => {
    await scene.transfer()
    const own = ca
    ca = makeCa()
    await addCa(scene.receiver, 'SNI_ONLY')
    await scene.accept()
    expect(parseCertificate(ca.certificatePem).subjectKey).toBe(
      parseCertificate(own.certificatePem).subjectKey,
    )
    expect(await scene.describeFor(scene.receiver)).not.toHaveProperty('caCertificateId')
  })

  it('lists what it is offered with no CA of its own', async () => {
    await addCa(scene.receiver, 'SNI_ONLY')
    await scene.transfer()
    const input = { caCertificateId: ca.certificateId }
    expect((await scene.certificates.ListCertificatesByCA(input, scene.giver)).certificates).toHaveLength(1)
    expect((await scene.certificates.ListCertificatesByCA(input, scene.receiver)).certificates).toEqual([])
  })
})

describe('a transfer is not accepted', () => {
  it.each([
    ['by another account', () => scene.accept(scene.other), notFound],
    ['by the one that gives', () => scene.accept(scene.giver), notTransferred],
  ])('%s', async (_, attempt, expected) => {
    await scene.transfer()
    await expect(attempt()).rejects.toEqual(expected)
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'PENDING_TRANSFER' })
  })

  it.each([
    ['twice', () => scene.accept(), completed],
    ['after it was rejected', () => scene.reject(), notFound],
    ['after it was cancelled', () => scene.cancel(), notFound],
  ])('%s', async (_, before, expected) => {
    await scene.transfer()
    await before()
    await expect(scene.accept(scene.receiver, true)).rejects.toEqual(expected)
  })

  it('when there is none', async () => {
    await expect(scene.accept(scene.giver)).rejects.toEqual(notTransferred)
    await expect(scene.accept(scene.receiver)).rejects.toEqual(notFound)
  })

  it('where the same certificate is registered already, which stays as it is; it may be rejected', async () => {
    await scene.certificates.RegisterCertificateWithoutCA(
      { certificatePem: scene.certificatePem, status: 'ACTIVE' },
      scene.receiver,
    )
    await scene.transfer()
    await expect(scene.accept()).rejects.toEqual(
      refusal('InvalidRequestException', 'registered in this account too'),
    )
    expect(await scene.describeFor(scene.receiver)).toMatchObject({ status: 'ACTIVE', transferData: {} })
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'PENDING_TRANSFER' })
    await scene.reject()
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'INACTIVE' })
    expect(await scene.describeFor(scene.receiver)).toMatchObject({ status: 'ACTIVE', transferData: {} })
  })
})
