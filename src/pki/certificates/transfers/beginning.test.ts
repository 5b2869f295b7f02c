import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../../test/helpers/certificates.ts'
import type { CallContext } from '../../../api/aws/operations.ts'
import { parseCertificate } from '../../../lib/x509.ts'
import { findCertificate, registerCertificate, type Registration } from '../store.ts'
import { contextOf, openShared, refusal, region } from '../testing/test-certificates.ts'
import { notFound, start, TransferScene } from './testing/test-transfers.ts'

let shared: Awaited<ReturnType<typeof openShared>>
let scene: TransferScene
beforeAll(async () => void (shared = await openShared()))
afterAll(() => shared[Symbol.asyncDispose]())
beforeEach(async () => void (scene = await new TransferScene(shared).begin()))

describe('a transfer that begins', () => {
  it('answers with the ARN that the certificate is to have, and makes it PENDING_TRANSFER', async () => {
    scene.later()
    expect(await scene.transfer(scene.receiver, 'for the new site')).toEqual({
      transferredCertificateArn: scene.arnIn(scene.receiver),
    })
    const seen = {
      certificateId: scene.certificateId,
      certificatePem: scene.certificatePem,
      status: 'PENDING_TRANSFER',
      ownedBy: scene.receiver.accountId,
      previousOwnedBy: scene.giver.accountId,
      creationDate: start,
      lastModifiedDate: scene.now,
      customerVersion: 2,
      transferData: { transferDate: scene.now, transferMessage: 'for the new site' },
    }
    expect(await scene.describeFor(scene.giver)).toMatchObject({
      ...seen,
      certificateArn: scene.arnIn(scene.giver),
    })
    expect(await scene.describeFor(scene.receiver)).toMatchObject({
      ...seen,
      certificateArn: scene.arnIn(scene.receiver),
    })
  })

  it('is listed by both accounts, and as outgoing by the one that gives', async () => {
    await scene.transfer(scene.receiver, 'hello')
    for (const context of [scene.giver, scene.receiver])
      expect(await scene.listFor(context)).toMatchObject([
        {
          certificateId: scene.certificateId,
          certificateArn: scene.arnIn(context),
          status: 'PENDING_TRANSFER',
        },
      ])
    expect(await scene.outgoingOf(scene.giver)).toEqual([
      {
        certificateArn: scene.arnIn(scene.receiver),
        certificateId: scene.certificateId,
        transferredTo: scene.receiver.accountId,
        transferDate: start,
        transferMessage: 'hello',
        creationDate: start,
      },
    ])
    expect(await scene.outgoingOf(scene.receiver)).toEqual([])
  })

  it('of what the other account has itself changes nothing in its lists', async () => {
    await scene.transfer()
    await scene.certificates.RegisterCertificateWithoutCA(
      { certificatePem: scene.certificatePem, status: 'ACTIVE' },
      scene.receiver,
    )
    expect(await scene.listFor(scene.receiver)).toMatchObject([
      { certificateId: scene.certificateId, status: 'ACTIVE' },
    ])
    await scene.certificates.UpdateCertificate(
      { certificateId: scene.certificateId, newStatus: 'INACTIVE' },
      scene.receiver,
    )
    await scene.certificates.DeleteCertificate({ certificateId: scene.certificateId }, scene.receiver)
    expect(await scene.listFor(scene.receiver)).toMatchObject([
      { certificateId: scene.certificateId, status: 'PENDING_TRANSFER' },
    ])
  })

  it('is seen by nobody else', async () => {
    await scene.transfer()
    await expect(scene.describeFor(scene.other)).rejects.toEqual(notFound)
    expect(await scene.listFor(scene.other)).toEqual([])
    expect(await scene.outgoingOf(scene.other)).toEqual([])
  })

  it.each(['REVOKED', 'INACTIVE'] as const)('may be of a certificate that is %s', async (newStatus) => {
    await scene.certificates.UpdateCertificate({ certificateId: scene.certificateId, newStatus }, scene.giver)
    await scene.transfer()
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'PENDING_TRANSFER' })
  })

  it('is written down in both accounts, by whom in the own one alone', async () => {
    await scene.transfer(scene.receiver, 'hello')
    const told = { code: 'certificate-transfer-started', at: start, certificateId: scene.certificateId }
    const details = { from: scene.giver.accountId, to: scene.receiver.accountId, message: 'hello' }
    expect(scene.entries).toEqual([
      { ...told, accountId: scene.giver.accountId, details: { ...details, by: scene.giver.caller.arn } },
      { ...told, accountId: scene.receiver.accountId, details },
    ])
  })

  it('does not fill the journal of the other account, however often it begins', async () => {
    for (let time = 0; time < 30; time++) {
      await scene.transfer()
      await scene.cancel()
    }
    const of = (context: CallContext, code: string) =>
      scene.entries.filter((entry) => entry.accountId === context.accountId && entry.code === code).length
    for (const code of ['certificate-transfer-started', 'certificate-transfer-cancelled']) {
      expect(of(scene.giver, code)).toBe(30)
      expect(of(scene.receiver, code)).toBe(20)
    }
  })

  it.each([
    ['the same account', () => scene.receiver],
    ['another', () => scene.giver],
  ])('is written down however often somebody else begins one, to %s', async (_, target) => {
    const { certificatePem: pem, certificateId: id } = makeCa().issue()
    await scene.certificates.RegisterCertificateWithoutCA({ certificatePem: pem }, scene.other)
    for (let time = 0; time < 30; time++) {
      const targetAwsAccount = target().accountId
      await scene.transfers.TransferCertificate({ certificateId: id, targetAwsAccount }, scene.other)
      await scene.transfers.CancelCertificateTransfer({ certificateId: id }, scene.other)
    }
    scene.entries = []
    await scene.transfer()
    const details = { from: scene.giver.accountId, to: scene.receiver.accountId }
    expect(scene.entries.map(({ accountId }) => accountId)).toEqual([
      scene.giver.accountId,
      scene.receiver.accountId,
    ])
    expect(scene.entries[1]?.details).toEqual(details)
  })
})

describe('a transfer does not begin', () => {
  it.each([
    [
      'to the account itself',
      () => scene.transfer(scene.giver),
      'InvalidRequestException',
      'that account already',
    ],
    ['to no account', () => scene.transfer(contextOf()), 'InvalidRequestException', 'there is no account'],
    [
      'to a closed account',
      () => scene.transfer(scene.closed),
      'InvalidRequestException',
      'there is no account',
    ],
    [
      'from another account',
      () => scene.transfer(scene.receiver, '', scene.other),
      'ResourceNotFoundException',
      'there is no',
    ],
    [
      'from where it shall go',
      () => scene.transfer(scene.giver, '', scene.receiver),
      'ResourceNotFoundException',
      'there is no',
    ],
  ])('%s', async (_, attempt, code, text) => {
    await expect(attempt()).rejects.toEqual(refusal(code, text))
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'INACTIVE', transferData: {} })
    expect([scene.announced, scene.entries]).toEqual([[], []])
  })

  it('of a certificate that is ACTIVE', async () => {
    await scene.certificates.UpdateCertificate(
      { certificateId: scene.certificateId, newStatus: 'ACTIVE' },
      scene.giver,
    )
    await expect(scene.transfer()).rejects.toEqual(
      refusal('CertificateStateException', 'make it INACTIVE first'),
    )
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'ACTIVE' })
  })

  it.each([
    { policies: 1, things: 0 },
    { policies: 0, things: 1 },
    { policies: 2, things: 3 },
  ])('while %j are attached', async (attached) => {
    scene.attachments = attached
    await expect(scene.transfer()).rejects.toEqual(
      refusal(
        'TransferConflictException',
        `${attached.policies} policies and ${attached.things} things are attached`,
      ),
    )
    expect(await scene.describeFor(scene.giver)).toMatchObject({ status: 'INACTIVE' })
  })

  it('twice, to whomever', async () => {
    await scene.transfer()
    for (const to of [scene.receiver, scene.other])
      await expect(scene.transfer(to)).rejects.toEqual(
        refusal('CertificateStateException', 'is being transferred already'),
      )
  })

  it('of a claim, which is for one account', async () => {
    const claim = makeCa().issue()
    const registration: Registration = {
      accountId: scene.giver.accountId,
      region,
      certificate: parseCertificate(claim.certificatePem),
      status: 'INACTIVE',
      claimTemplate: 'lamps',
      now: scene.now,
    }
    await scene.store.transact((db) => registerCertificate(db, registration))
    scene.certificateId = claim.certificateId
    await expect(scene.transfer()).rejects.toEqual(
      refusal('InvalidRequestException', 'a claim for the template lamps'),
    )
  })

  it('of a certificate that the same account is offered by another', async () => {
    await scene.certificates.RegisterCertificateWithoutCA(
      { certificatePem: scene.certificatePem },
      scene.other,
    )
    await scene.transfer(scene.receiver, '', scene.other)
    await expect(scene.transfer()).rejects.toEqual(refusal('TransferConflictException', 'waits for account'))
  })

  it('of a certificate that the account is only offered itself', async () => {
    await scene.transfer()
    await expect(scene.transfer(scene.other, '', scene.receiver)).rejects.toEqual(notFound)
  })
})

describe('while it is PENDING_TRANSFER', () => {
  beforeEach(async () => {
    await scene.transfer()
    scene.announced = []
  })

  it.each(['ACTIVE', 'INACTIVE', 'REVOKED', 'PENDING_TRANSFER'] as const)(
    'neither account makes it %s by hand',
    async (newStatus) => {
      for (const context of [scene.giver, scene.receiver])
        await expect(
          scene.certificates.UpdateCertificate({ certificateId: scene.certificateId, newStatus }, context),
        ).rejects.toEqual(
          refusal('CertificateStateException', 'before that is accepted, rejected, or cancelled'),
        )
      await expect(
        scene.certificates.UpdateCertificate({ certificateId: scene.certificateId, newStatus }, scene.other),
      ).rejects.toEqual(notFound)
      expect(scene.announced).toEqual([])
    },
  )

  it('neither account deletes it', async () => {
    for (const context of [scene.giver, scene.receiver])
      await expect(
        scene.certificates.DeleteCertificate(
          { certificateId: scene.certificateId, forceDelete: true },
          context,
        ),
      ).rejects.toEqual(refusal('CertificateStateException', 'it cannot be deleted'))
    expect(await findCertificate(scene.store.read, scene.giver.accountId, scene.certificateId)).toBeDefined()
  })

  it('the giving account registers it no second time; the other may, and has then its own', async () => {
    await expect(
      scene.certificates.RegisterCertificateWithoutCA({ certificatePem: scene.certificatePem }, scene.giver),
    ).rejects.toEqual(refusal('ResourceAlreadyExistsException', 'already'))
    await scene.certificates.RegisterCertificateWithoutCA(
      { certificatePem: scene.certificatePem, status: 'ACTIVE' },
      scene.receiver,
    )
    expect(await scene.describeFor(scene.receiver)).toMatchObject({
      status: 'ACTIVE',
      ownedBy: scene.receiver.accountId,
    })
  })
})
