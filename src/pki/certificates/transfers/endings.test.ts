import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa } from '../../../../test/helpers/certificates.ts'
import type { CallContext } from '../../../api/aws/operations.ts'
import { openShared, refusal } from '../testing/test-certificates.ts'
import { completed, notFound, notTransferred, start, TransferScene } from './testing/test-transfers.ts'

let shared: Awaited<ReturnType<typeof openShared>>
let scene: TransferScene
beforeAll(async () => void (shared = await openShared()))
afterAll(() => shared[Symbol.asyncDispose]())
beforeEach(async () => void (scene = await new TransferScene(shared).begin()))

describe('a transfer that is rejected', () => {
  it('gives the certificate back, INACTIVE, with when and why', async () => {
    await scene.certificates.UpdateCertificate(
      { certificateId: scene.certificateId, newStatus: 'REVOKED' },
      scene.giver,
    )
    await scene.transfer(scene.receiver, 'yours')
    scene.later()
    await scene.reject(scene.receiver, 'not ours')
    const described = await scene.describeFor(scene.giver)
    expect(described).toMatchObject({
      certificateArn: scene.arnIn(scene.giver),
      status: 'INACTIVE',
      ownedBy: scene.giver.accountId,
      transferData: {
        transferDate: start,
        transferMessage: 'yours',
        rejectDate: scene.now,
        rejectReason: 'not ours',
      },
    })
    expect(described).not.toHaveProperty('previousOwnedBy')
    await expect(scene.describeFor(scene.receiver)).rejects.toEqual(notFound)
    expect([await scene.listFor(scene.receiver), await scene.outgoingOf(scene.giver)]).toEqual([[], []])
    expect(scene.entries.slice(-2)).toMatchObject([
      {
        accountId: scene.receiver.accountId,
        code: 'certificate-transfer-rejected',
        details: { reason: 'not ours' },
      },
      {
        accountId: scene.giver.accountId,
        code: 'certificate-transfer-rejected',
        details: { reason: 'not ours' },
      },
    ])
  })

  it('may begin anew, to another account', async () => {
    await scene.transfer()
    await scene.reject(scene.receiver, 'no')
    await scene.transfer(scene.other, 'you then?')
    expect(await scene.describeFor(scene.other)).toMatchObject({
      transferData: { transferDate: scene.now, transferMessage: 'you then?' },
    })
    await scene.accept(scene.other)
    expect(await scene.describeFor(scene.other)).toMatchObject({ previousOwnedBy: scene.giver.accountId })
  })

  it.each([
    ['by another account', async () => {}, () => scene.reject(scene.other), notFound],
    ['by the one that gives', async () => {}, () => scene.reject(scene.giver), notTransferred],
    ['twice', () => scene.reject(), () => scene.reject(), notFound],
    ['after it was accepted', () => scene.accept(), () => scene.reject(), completed],
    ['after it was cancelled', () => scene.cancel(), () => scene.reject(), notFound],
  ])('is not rejected %s', async (_, before, attempt, expected) => {
    await scene.transfer()
    await before()
    await expect(attempt()).rejects.toEqual(expected)
  })
})

describe('a transfer that is cancelled', () => {
  it('leaves the certificate INACTIVE where it was, as if there had been none', async () => {
    await scene.transfer(scene.receiver, 'yours')
    scene.later()
    await scene.cancel()
    const described = await scene.describeFor(scene.giver)
    expect(described).toMatchObject({ status: 'INACTIVE', ownedBy: scene.giver.accountId, transferData: {} })
    expect(described).not.toHaveProperty('previousOwnedBy')
    await expect(scene.describeFor(scene.receiver)).rejects.toEqual(notFound)
    expect(scene.entries.slice(-2)).toMatchObject([
      { accountId: scene.giver.accountId, code: 'certificate-transfer-cancelled' },
      { accountId: scene.receiver.accountId, code: 'certificate-transfer-cancelled' },
    ])
  })

  it.each([
    ['by another account', async () => {}, () => scene.cancel(scene.other), notFound],
    ['by the one that receives', async () => {}, () => scene.cancel(scene.receiver), notFound],
    ['twice', () => scene.cancel(), () => scene.cancel(), notTransferred],
    ['after it was accepted', () => scene.accept(), () => scene.cancel(), completed],
    ['after it was rejected', () => scene.reject(), () => scene.cancel(), completed],
    ['by the one that received it', () => scene.accept(), () => scene.cancel(scene.receiver), notTransferred],
  ])('is not cancelled %s', async (_, before, attempt, expected) => {
    await scene.transfer()
    await before()
    await expect(attempt()).rejects.toEqual(expected)
  })

  it('is not cancelled after it was accepted, whatever became of it then', async () => {
    await scene.transfer()
    await scene.accept()
    await scene.certificates.DeleteCertificate({ certificateId: scene.certificateId }, scene.receiver)
    await expect(scene.cancel()).rejects.toEqual(completed)
    await scene.certificates.RegisterCertificateWithoutCA(
      { certificatePem: scene.certificatePem },
      scene.giver,
    )
    await expect(scene.cancel()).rejects.toEqual(completed)
  })
})

describe('pages', () => {
  const register = async (context: CallContext) => {
    scene.later()
    const leaf = makeCa().issue()
    await scene.certificates.RegisterCertificateWithoutCA({ certificatePem: leaf.certificatePem }, context)
    return leaf.certificateId
  }
  const give = (id: string, context = scene.giver) =>
    scene.transfers.TransferCertificate(
      { certificateId: id, targetAwsAccount: scene.receiver.accountId },
      context,
    )

  it.each([true, false])(
    'have own and offered certificates in one order, ascending: %s',
    async (ascendingOrder) => {
      const ids: string[] = []
      for (const context of [scene.receiver, scene.giver, scene.receiver, scene.other, scene.giver]) {
        const id = await register(context)
        if (context !== scene.receiver) await give(id, context)
        ids.push(id)
      }
      const found: (string | undefined)[] = []
      let marker: string | undefined
      do {
        const page = await scene.certificates.ListCertificates(
          { pageSize: 2, ascendingOrder, ...(marker !== undefined && { marker }) },
          scene.receiver,
        )
        found.push(...page.certificates.map((one) => one.certificateId))
        marker = page.nextMarker
      } while (marker !== undefined)
      expect(found).toEqual(ascendingOrder ? ids : ids.toReversed())
    },
  )

  it('of outgoing certificates go on where the one before ended', async () => {
    const ids = [await register(scene.giver), await register(scene.giver), await register(scene.giver)]
    for (const id of ids) await give(id)
    const list = (marker?: string) =>
      scene.transfers.ListOutgoingCertificates(
        { pageSize: 2, ascendingOrder: true, ...(marker !== undefined && { marker }) },
        scene.giver,
      )
    const first = await list()
    const second = await list(first.nextMarker)
    expect(
      [...first.outgoingCertificates, ...second.outgoingCertificates].map((one) => one.certificateId),
    ).toEqual(ids)
    expect(second.nextMarker).toBeUndefined()
    await expect(list('x')).rejects.toEqual(refusal('InvalidRequestException', 'marker is not one'))
  })
})
