import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeCa, type TestCa } from '../../../../test/helpers/certificates.ts'
import { openStoreIn } from '../../../../test/helpers/store.ts'
import type { CallContext } from '../../../api/aws/operations.ts'
import type { Change } from '../../../fabric/in-process/index.ts'
import { parseCertificate } from '../../../lib/x509.ts'
import type { JournalEntry } from '../../../observability/journal/index.ts'
import type { Store } from '../../../store/index.ts'
import { findDeviceCount } from '../ca-devices-store.ts'
import { registerCaCertificate } from '../ca-store.ts'
import { openIssuer } from '../issuer.ts'
import { certificatesOperations } from '../operations.ts'
import { findCertificate, registerCertificate, type Registration } from '../store.ts'
import { transfersOperations } from './operations.ts'
import { findReceiver } from './transfer-store.ts'

const directory = mkdtempSync(join(tmpdir(), 'muster-transfers-'))
const region = 'us-east-1'
const start = new Date('2026-03-01T12:00:00Z')

/** Of each test its own: who gives, who receives, somebody else, and one that is closed. */
let giver: CallContext
let receiver: CallContext
let other: CallContext
let closed: CallContext
let store: Store
let now: Date
let attachments: { policies: number; things: number }
let announced: Change[]
let entries: JournalEntry[]
let transfers: ReturnType<typeof transfersOperations>
let certificates: ReturnType<typeof certificatesOperations>
let certificateId: string
let certificatePem: string

function contextOf(): CallContext {
  const accountId = String(randomInt(10 ** 11, 10 ** 12))
  const arn = `arn:aws:iam::${accountId}:root`
  return {
    accountId,
    region,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    caller: { accountId, kind: 'root', arn, userId: accountId },
    authorize: async () => {},
  }
}

const arnIn = ({ accountId }: CallContext) => `arn:aws:iot:${region}:${accountId}:cert/${certificateId}`

beforeAll(async () => {
  store = await openStoreIn(directory)
})

afterAll(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

beforeEach(async () => {
  ;[giver, receiver, other, closed] = [contextOf(), contextOf(), contextOf(), contextOf()]
  now = start
  attachments = { policies: 0, things: 0 }
  announced = []
  entries = []
  const deps = {
    store,
    fabric: { announce: async (...changes: Change[]) => void announced.push(...changes) },
    now: () => now,
    attachmentsOf: async () => attachments,
  }
  const open = [giver, receiver, other].map(({ accountId }) => accountId)
  transfers = transfersOperations({
    ...deps,
    record: (entry) => void entries.push(entry),
    isOpenAccount: (accountId) => open.includes(accountId),
  })
  const issuer = await openIssuer(join(directory, 'issuer'))
  certificates = certificatesOperations({ ...deps, issuer, detachPolicies: async () => {} })
  const leaf = makeCa().issue()
  ;({ certificateId, certificatePem } = leaf)
  await certificates.RegisterCertificateWithoutCA({ certificatePem }, giver)
  announced = []
})

const later = () => (now = new Date(now.getTime() + 60_000))

const transfer = (to = receiver, transferMessage?: string, from = giver) =>
  transfers.TransferCertificate(
    { certificateId, targetAwsAccount: to.accountId, ...(transferMessage && { transferMessage }) },
    from,
  )
const accept = (by = receiver, setAsActive = false) =>
  transfers.AcceptCertificateTransfer({ certificateId, setAsActive }, by)
const reject = (by = receiver, rejectReason?: string) =>
  transfers.RejectCertificateTransfer({ certificateId, ...(rejectReason && { rejectReason }) }, by)
const cancel = (by = giver) => transfers.CancelCertificateTransfer({ certificateId }, by)
const describeFor = async (context: CallContext) =>
  (await certificates.DescribeCertificate({ certificateId }, context)).certificateDescription
const listFor = async (context: CallContext) =>
  (await certificates.ListCertificates({}, context)).certificates
const outgoingOf = async (context: CallContext) =>
  (await transfers.ListOutgoingCertificates({}, context)).outgoingCertificates

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) as string })
const notFound = refusal('ResourceNotFoundException', 'there is no certificate')
const completed = refusal('TransferAlreadyCompletedException', 'is completed already')
const notTransferred = refusal('InvalidRequestException', 'is not being transferred')

describe('a transfer that begins', () => {
  it('answers with the ARN that the certificate is to have, and makes it PENDING_TRANSFER', async () => {
    later()
    expect(await transfer(receiver, 'for the new site')).toEqual({
      transferredCertificateArn: arnIn(receiver),
    })
    const seen = {
      certificateId,
      certificatePem,
      status: 'PENDING_TRANSFER',
      ownedBy: receiver.accountId,
      previousOwnedBy: giver.accountId,
      creationDate: start,
      lastModifiedDate: now,
      customerVersion: 2,
      transferData: { transferDate: now, transferMessage: 'for the new site' },
    }
    expect(await describeFor(giver)).toMatchObject({ ...seen, certificateArn: arnIn(giver) })
    expect(await describeFor(receiver)).toMatchObject({ ...seen, certificateArn: arnIn(receiver) })
  })

  it('is listed by both accounts, and as outgoing by the one that gives', async () => {
    await transfer(receiver, 'hello')
    for (const context of [giver, receiver])
      expect(await listFor(context)).toMatchObject([
        { certificateId, certificateArn: arnIn(context), status: 'PENDING_TRANSFER' },
      ])
    expect(await outgoingOf(giver)).toEqual([
      {
        certificateArn: arnIn(receiver),
        certificateId,
        transferredTo: receiver.accountId,
        transferDate: start,
        transferMessage: 'hello',
        creationDate: start,
      },
    ])
    expect(await outgoingOf(receiver)).toEqual([])
  })

  it('of what the other account has itself changes nothing in its lists', async () => {
    await transfer()
    await certificates.RegisterCertificateWithoutCA({ certificatePem, status: 'ACTIVE' }, receiver)
    expect(await listFor(receiver)).toMatchObject([{ certificateId, status: 'ACTIVE' }])
    await certificates.UpdateCertificate({ certificateId, newStatus: 'INACTIVE' }, receiver)
    await certificates.DeleteCertificate({ certificateId }, receiver)
    expect(await listFor(receiver)).toMatchObject([{ certificateId, status: 'PENDING_TRANSFER' }])
  })

  it('is seen by nobody else', async () => {
    await transfer()
    await expect(describeFor(other)).rejects.toEqual(notFound)
    expect(await listFor(other)).toEqual([])
    expect(await outgoingOf(other)).toEqual([])
  })

  it.each(['REVOKED', 'INACTIVE'] as const)('may be of a certificate that is %s', async (newStatus) => {
    await certificates.UpdateCertificate({ certificateId, newStatus }, giver)
    await transfer()
    expect(await describeFor(giver)).toMatchObject({ status: 'PENDING_TRANSFER' })
  })

  it('is written down in both accounts, by whom in the own one alone', async () => {
    await transfer(receiver, 'hello')
    const told = { code: 'certificate-transfer-started', at: start, certificateId }
    const details = { from: giver.accountId, to: receiver.accountId, message: 'hello' }
    expect(entries).toEqual([
      { ...told, accountId: giver.accountId, details: { ...details, by: giver.caller.arn } },
      { ...told, accountId: receiver.accountId, details },
    ])
  })

  it('does not fill the journal of the other account, however often it begins', async () => {
    for (let time = 0; time < 30; time++) {
      await transfer()
      await cancel()
    }
    const of = (context: CallContext, code: string) =>
      entries.filter((entry) => entry.accountId === context.accountId && entry.code === code).length
    for (const code of ['certificate-transfer-started', 'certificate-transfer-cancelled']) {
      expect(of(giver, code)).toBe(30)
      expect(of(receiver, code)).toBe(20)
    }
  })

  it.each([
    ['the same account', () => receiver],
    ['another', () => giver],
  ])('is written down however often somebody else begins one, to %s', async (_, target) => {
    const { certificatePem: pem, certificateId: id } = makeCa().issue()
    await certificates.RegisterCertificateWithoutCA({ certificatePem: pem }, other)
    for (let time = 0; time < 30; time++) {
      const targetAwsAccount = target().accountId
      await transfers.TransferCertificate({ certificateId: id, targetAwsAccount }, other)
      await transfers.CancelCertificateTransfer({ certificateId: id }, other)
    }
    entries = []
    await transfer()
    const details = { from: giver.accountId, to: receiver.accountId }
    expect(entries.map(({ accountId }) => accountId)).toEqual([giver.accountId, receiver.accountId])
    expect(entries[1]?.details).toEqual(details)
  })
})

describe('a transfer does not begin', () => {
  it.each([
    ['to the account itself', () => transfer(giver), 'InvalidRequestException', 'that account already'],
    ['to no account', () => transfer(contextOf()), 'InvalidRequestException', 'there is no account'],
    ['to a closed account', () => transfer(closed), 'InvalidRequestException', 'there is no account'],
    ['from another account', () => transfer(receiver, '', other), 'ResourceNotFoundException', 'there is no'],
    [
      'from where it shall go',
      () => transfer(giver, '', receiver),
      'ResourceNotFoundException',
      'there is no',
    ],
  ])('%s', async (_, attempt, code, text) => {
    await expect(attempt()).rejects.toEqual(refusal(code, text))
    expect(await describeFor(giver)).toMatchObject({ status: 'INACTIVE', transferData: {} })
    expect([announced, entries]).toEqual([[], []])
  })

  it('of a certificate that is ACTIVE', async () => {
    await certificates.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, giver)
    await expect(transfer()).rejects.toEqual(refusal('CertificateStateException', 'make it INACTIVE first'))
    expect(await describeFor(giver)).toMatchObject({ status: 'ACTIVE' })
  })

  it.each([
    { policies: 1, things: 0 },
    { policies: 0, things: 1 },
    { policies: 2, things: 3 },
  ])('while %j are attached', async (attached) => {
    attachments = attached
    await expect(transfer()).rejects.toEqual(
      refusal(
        'TransferConflictException',
        `${attached.policies} policies and ${attached.things} things are attached`,
      ),
    )
    expect(await describeFor(giver)).toMatchObject({ status: 'INACTIVE' })
  })

  it('twice, to whomever', async () => {
    await transfer()
    for (const to of [receiver, other])
      await expect(transfer(to)).rejects.toEqual(
        refusal('CertificateStateException', 'is being transferred already'),
      )
  })

  it('of a claim, which is for one account', async () => {
    const claim = makeCa().issue()
    const registration: Registration = {
      accountId: giver.accountId,
      region,
      certificate: parseCertificate(claim.certificatePem),
      status: 'INACTIVE',
      claimTemplate: 'lamps',
      now,
    }
    await store.transact((db) => registerCertificate(db, registration))
    certificateId = claim.certificateId
    await expect(transfer()).rejects.toEqual(
      refusal('InvalidRequestException', 'a claim for the template lamps'),
    )
  })

  it('of a certificate that the same account is offered by another', async () => {
    await certificates.RegisterCertificateWithoutCA({ certificatePem }, other)
    await transfer(receiver, '', other)
    await expect(transfer()).rejects.toEqual(refusal('TransferConflictException', 'waits for account'))
  })

  it('of a certificate that the account is only offered itself', async () => {
    await transfer()
    await expect(transfer(other, '', receiver)).rejects.toEqual(notFound)
  })
})

describe('while it is PENDING_TRANSFER', () => {
  beforeEach(async () => {
    await transfer()
    announced = []
  })

  it.each(['ACTIVE', 'INACTIVE', 'REVOKED', 'PENDING_TRANSFER'] as const)(
    'neither account makes it %s by hand',
    async (newStatus) => {
      for (const context of [giver, receiver])
        await expect(certificates.UpdateCertificate({ certificateId, newStatus }, context)).rejects.toEqual(
          refusal('CertificateStateException', 'before that is accepted, rejected, or cancelled'),
        )
      await expect(certificates.UpdateCertificate({ certificateId, newStatus }, other)).rejects.toEqual(
        notFound,
      )
      expect(announced).toEqual([])
    },
  )

  it('neither account deletes it', async () => {
    for (const context of [giver, receiver])
      await expect(
        certificates.DeleteCertificate({ certificateId, forceDelete: true }, context),
      ).rejects.toEqual(refusal('CertificateStateException', 'it cannot be deleted'))
    expect(await findCertificate(store.read, giver.accountId, certificateId)).toBeDefined()
  })

  it('the giving account registers it no second time; the other may, and has then its own', async () => {
    await expect(certificates.RegisterCertificateWithoutCA({ certificatePem }, giver)).rejects.toEqual(
      refusal('ResourceAlreadyExistsException', 'already'),
    )
    await certificates.RegisterCertificateWithoutCA({ certificatePem, status: 'ACTIVE' }, receiver)
    expect(await describeFor(receiver)).toMatchObject({ status: 'ACTIVE', ownedBy: receiver.accountId })
  })
})

describe('a transfer that is accepted', () => {
  it('gives the certificate to the other account, INACTIVE, with the same id', async () => {
    await transfer(receiver, 'yours')
    later()
    announced = []
    await accept()
    expect(await describeFor(receiver)).toMatchObject({
      certificateArn: arnIn(receiver),
      certificateId,
      certificatePem,
      status: 'INACTIVE',
      ownedBy: receiver.accountId,
      previousOwnedBy: giver.accountId,
      creationDate: start,
      lastModifiedDate: now,
      customerVersion: 3,
      transferData: { transferDate: start, transferMessage: 'yours', acceptDate: now },
    })
    expect(announced).toEqual(
      [giver, receiver].map(({ accountId }) => ({ accountId, kind: 'certificate', id: certificateId })),
    )
  })

  it('is ACTIVE when asked', async () => {
    await transfer()
    await accept(receiver, true)
    expect(await describeFor(receiver)).toMatchObject({ status: 'ACTIVE' })
  })

  it('is not there any more for the one that gave it', async () => {
    await transfer()
    await accept()
    await expect(describeFor(giver)).rejects.toEqual(notFound)
    expect([await listFor(giver), await outgoingOf(giver)]).toEqual([[], []])
    for (const call of [
      () => certificates.UpdateCertificate({ certificateId, newStatus: 'ACTIVE' }, giver),
      () => certificates.DeleteCertificate({ certificateId }, giver),
      () => transfer(other),
    ])
      await expect(call()).rejects.toEqual(notFound)
    expect(await findReceiver(store.read, giver.accountId, certificateId)).toBe(receiver.accountId)
  })

  it('is written down in both accounts', async () => {
    await transfer()
    entries = []
    await accept()
    expect(entries.map(({ accountId, code, details }) => [accountId, code, details?.['by']])).toEqual([
      [receiver.accountId, 'certificate-transfer-accepted', receiver.caller.arn],
      [giver.accountId, 'certificate-transfer-accepted', undefined],
    ])
  })

  it('is used as any other: activated, deleted, and given on, also back', async () => {
    await transfer()
    await accept()
    await transfer(other, '', receiver)
    expect(await describeFor(receiver)).toMatchObject({ previousOwnedBy: receiver.accountId })
    await accept(other)
    await transfer(giver, '', other)
    await accept(giver, true)
    expect(await describeFor(giver)).toMatchObject({ status: 'ACTIVE', previousOwnedBy: other.accountId })
    const receivers = [giver, receiver, other].map(({ accountId }) =>
      findReceiver(store.read, accountId, certificateId),
    )
    expect(await Promise.all(receivers)).toEqual([undefined, other.accountId, giver.accountId])
    await certificates.UpdateCertificate({ certificateId, newStatus: 'INACTIVE' }, giver)
    await certificates.DeleteCertificate({ certificateId }, giver)
    await expect(describeFor(giver)).rejects.toEqual(notFound)
  })

  it('leaves tags behind', async () => {
    await store.transact((db) =>
      db
        .insertInto('tags')
        .values({ account_id: giver.accountId, resource_arn: arnIn(giver), key: 'site', value: 'secret' })
        .execute(),
    )
    await transfer()
    await accept()
    const tags = store.read.selectFrom('tags').selectAll()
    expect(await tags.where('resource_arn', 'in', [arnIn(giver), arnIn(receiver)]).execute()).toEqual([])
  })

  it('may be refused to nobody because the giving account was closed meanwhile', async () => {
    await transfer()
    const isOpenAccount = (accountId: string) => accountId !== giver.accountId
    const deps = { store, fabric: { announce: async () => {} }, record: () => {}, now: () => now }
    const afterwards = transfersOperations({ ...deps, isOpenAccount, attachmentsOf: async () => attachments })
    await afterwards.AcceptCertificateTransfer({ certificateId }, receiver)
    expect(await describeFor(receiver)).toMatchObject({ status: 'INACTIVE' })
  })
})

describe('the CA of a certificate that is transferred', () => {
  let ca: TestCa

  const addCa = ({ accountId }: CallContext, certificateMode: 'DEFAULT' | 'SNI_ONLY') =>
    store.transact((db) =>
      registerCaCertificate(db, {
        accountId,
        region,
        certificate: parseCertificate(ca.certificatePem),
        certificateMode,
        status: 'ACTIVE',
        autoRegistrationStatus: 'ENABLE',
        now,
      }),
    )
  const countIn = ({ accountId }: CallContext) =>
    findDeviceCount(store.read, { accountId, caCertificateId: ca.certificateId })

  beforeEach(async () => {
    now = new Date()
    ca = makeCa()
    await addCa(giver, 'DEFAULT')
    ;({ certificateId, certificatePem } = ca.issue())
    await certificates.RegisterCertificate({ certificatePem }, giver)
  })

  it('is named no more where it is not registered; the mode stays', async () => {
    await transfer()
    expect(await countIn(giver)).toBe(1)
    await accept()
    const described = await describeFor(receiver)
    expect(described).toMatchObject({ certificateMode: 'DEFAULT' })
    expect(described).not.toHaveProperty('caCertificateId')
    expect([await countIn(giver), await countIn(receiver)]).toEqual([0, 0])
  })

  it('is not told to the other account before it accepts, whatever that has', async () => {
    await addCa(receiver, 'SNI_ONLY')
    await transfer()
    expect(await describeFor(giver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect(await describeFor(receiver)).not.toHaveProperty('caCertificateId')
  })

  it('counts it in the other account where it is registered there too', async () => {
    await addCa(receiver, 'SNI_ONLY')
    await transfer()
    await accept()
    expect(await describeFor(receiver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect([await countIn(giver), await countIn(receiver)]).toEqual([0, 1])
    const { certificates: listed } = await certificates.ListCertificatesByCA(
      { caCertificateId: ca.certificateId },
      receiver,
    )
    expect(listed).toMatchObject([{ certificateId }])
  })

  it('is named again where it is registered, whoever had the certificate meanwhile', async () => {
    await transfer()
    await accept()
    await transfer(giver, '', receiver)
    await accept(giver)
    expect(await describeFor(giver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect([await countIn(giver), await countIn(receiver)]).toEqual([1, 0])
  })

  it('is named where it is registered, also if the giving account had the certificate without it', async () => {
    ;({ certificateId, certificatePem } = ca.issue())
    await certificates.RegisterCertificateWithoutCA({ certificatePem }, giver)
    await addCa(receiver, 'SNI_ONLY')
    await transfer()
    await accept()
    expect(await describeFor(receiver)).toMatchObject({ caCertificateId: ca.certificateId })
    expect([await countIn(giver), await countIn(receiver)]).toEqual([1, 1])
  })

  it('is none that is only called like it', async () => {
    await transfer()
    const own = ca
    ca = makeCa()
    await addCa(receiver, 'SNI_ONLY')
    await accept()
    expect(parseCertificate(ca.certificatePem).subjectKey).toBe(
      parseCertificate(own.certificatePem).subjectKey,
    )
    expect(await describeFor(receiver)).not.toHaveProperty('caCertificateId')
  })

  it('lists what it is offered with no CA of its own', async () => {
    await addCa(receiver, 'SNI_ONLY')
    await transfer()
    const input = { caCertificateId: ca.certificateId }
    expect((await certificates.ListCertificatesByCA(input, giver)).certificates).toHaveLength(1)
    expect((await certificates.ListCertificatesByCA(input, receiver)).certificates).toEqual([])
  })
})

describe('a transfer is not accepted', () => {
  it.each([
    ['by another account', () => accept(other), notFound],
    ['by the one that gives', () => accept(giver), notTransferred],
  ])('%s', async (_, attempt, expected) => {
    await transfer()
    await expect(attempt()).rejects.toEqual(expected)
    expect(await describeFor(giver)).toMatchObject({ status: 'PENDING_TRANSFER' })
  })

  it.each([
    ['twice', accept, completed],
    ['after it was rejected', reject, notFound],
    ['after it was cancelled', () => cancel(), notFound],
  ])('%s', async (_, before, expected) => {
    await transfer()
    await before()
    await expect(accept(receiver, true)).rejects.toEqual(expected)
  })

  it('when there is none', async () => {
    await expect(accept(giver)).rejects.toEqual(notTransferred)
    await expect(accept(receiver)).rejects.toEqual(notFound)
  })

  it('where the same certificate is registered already, which stays as it is; it may be rejected', async () => {
    await certificates.RegisterCertificateWithoutCA({ certificatePem, status: 'ACTIVE' }, receiver)
    await transfer()
    await expect(accept()).rejects.toEqual(
      refusal('InvalidRequestException', 'registered in this account too'),
    )
    expect(await describeFor(receiver)).toMatchObject({ status: 'ACTIVE', transferData: {} })
    expect(await describeFor(giver)).toMatchObject({ status: 'PENDING_TRANSFER' })
    await reject()
    expect(await describeFor(giver)).toMatchObject({ status: 'INACTIVE' })
    expect(await describeFor(receiver)).toMatchObject({ status: 'ACTIVE', transferData: {} })
  })
})

describe('a transfer that is rejected', () => {
  it('gives the certificate back, INACTIVE, with when and why', async () => {
    await certificates.UpdateCertificate({ certificateId, newStatus: 'REVOKED' }, giver)
    await transfer(receiver, 'yours')
    later()
    await reject(receiver, 'not ours')
    const described = await describeFor(giver)
    expect(described).toMatchObject({
      certificateArn: arnIn(giver),
      status: 'INACTIVE',
      ownedBy: giver.accountId,
      transferData: {
        transferDate: start,
        transferMessage: 'yours',
        rejectDate: now,
        rejectReason: 'not ours',
      },
    })
    expect(described).not.toHaveProperty('previousOwnedBy')
    await expect(describeFor(receiver)).rejects.toEqual(notFound)
    expect([await listFor(receiver), await outgoingOf(giver)]).toEqual([[], []])
    expect(entries.slice(-2)).toMatchObject([
      {
        accountId: receiver.accountId,
        code: 'certificate-transfer-rejected',
        details: { reason: 'not ours' },
      },
      { accountId: giver.accountId, code: 'certificate-transfer-rejected', details: { reason: 'not ours' } },
    ])
  })

  it('may begin anew, to another account', async () => {
    await transfer()
    await reject(receiver, 'no')
    await transfer(other, 'you then?')
    expect(await describeFor(other)).toMatchObject({
      transferData: { transferDate: now, transferMessage: 'you then?' },
    })
    await accept(other)
    expect(await describeFor(other)).toMatchObject({ previousOwnedBy: giver.accountId })
  })

  it.each([
    ['by another account', async () => {}, () => reject(other), notFound],
    ['by the one that gives', async () => {}, () => reject(giver), notTransferred],
    ['twice', reject, () => reject(), notFound],
    ['after it was accepted', accept, () => reject(), completed],
    ['after it was cancelled', () => cancel(), () => reject(), notFound],
  ])('is not rejected %s', async (_, before, attempt, expected) => {
    await transfer()
    await before()
    await expect(attempt()).rejects.toEqual(expected)
  })
})

describe('a transfer that is cancelled', () => {
  it('leaves the certificate INACTIVE where it was, as if there had been none', async () => {
    await transfer(receiver, 'yours')
    later()
    await cancel()
    const described = await describeFor(giver)
    expect(described).toMatchObject({ status: 'INACTIVE', ownedBy: giver.accountId, transferData: {} })
    expect(described).not.toHaveProperty('previousOwnedBy')
    await expect(describeFor(receiver)).rejects.toEqual(notFound)
    expect(entries.slice(-2)).toMatchObject([
      { accountId: giver.accountId, code: 'certificate-transfer-cancelled' },
      { accountId: receiver.accountId, code: 'certificate-transfer-cancelled' },
    ])
  })

  it.each([
    ['by another account', async () => {}, () => cancel(other), notFound],
    ['by the one that receives', async () => {}, () => cancel(receiver), notFound],
    ['twice', () => cancel(), () => cancel(), notTransferred],
    ['after it was accepted', accept, () => cancel(), completed],
    ['after it was rejected', reject, () => cancel(), completed],
    ['by the one that received it', accept, () => cancel(receiver), notTransferred],
  ])('is not cancelled %s', async (_, before, attempt, expected) => {
    await transfer()
    await before()
    await expect(attempt()).rejects.toEqual(expected)
  })

  it('is not cancelled after it was accepted, whatever became of it then', async () => {
    await transfer()
    await accept()
    await certificates.DeleteCertificate({ certificateId }, receiver)
    await expect(cancel()).rejects.toEqual(completed)
    await certificates.RegisterCertificateWithoutCA({ certificatePem }, giver)
    await expect(cancel()).rejects.toEqual(completed)
  })
})

describe('pages', () => {
  const register = async (context: CallContext) => {
    later()
    const leaf = makeCa().issue()
    await certificates.RegisterCertificateWithoutCA({ certificatePem: leaf.certificatePem }, context)
    return leaf.certificateId
  }
  const give = (id: string, context = giver) =>
    transfers.TransferCertificate({ certificateId: id, targetAwsAccount: receiver.accountId }, context)

  it.each([true, false])(
    'have own and offered certificates in one order, ascending: %s',
    async (ascendingOrder) => {
      const ids: string[] = []
      for (const context of [receiver, giver, receiver, other, giver]) {
        const id = await register(context)
        if (context !== receiver) await give(id, context)
        ids.push(id)
      }
      const found: (string | undefined)[] = []
      let marker: string | undefined
      do {
        const page = await certificates.ListCertificates(
          { pageSize: 2, ascendingOrder, ...(marker !== undefined && { marker }) },
          receiver,
        )
        found.push(...page.certificates.map((one) => one.certificateId))
        marker = page.nextMarker
      } while (marker !== undefined)
      expect(found).toEqual(ascendingOrder ? ids : ids.toReversed())
    },
  )

  it('of outgoing certificates go on where the one before ended', async () => {
    const ids = [await register(giver), await register(giver), await register(giver)]
    for (const id of ids) await give(id)
    const list = (marker?: string) =>
      transfers.ListOutgoingCertificates(
        { pageSize: 2, ascendingOrder: true, ...(marker !== undefined && { marker }) },
        giver,
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
