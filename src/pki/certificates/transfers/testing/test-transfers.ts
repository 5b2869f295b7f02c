/** Certificates that go from one account to another, in a store of their own, for the tests beside it. */
import { makeCa } from '../../../../../test/helpers/certificates.ts'
import type { CallContext } from '../../../../api/aws/operations.ts'
import type { Change } from '../../../../fabric/in-process/index.ts'
import type { JournalEntry } from '../../../../observability/journal/index.ts'
import type { Store } from '../../../../store/index.ts'
import { certificatesOperations } from '../../operations.ts'
import { transfersOperations } from '../operations.ts'
import { contextOf, refusal, region, type Shared } from '../../testing/test-certificates.ts'

export const start = new Date('2026-03-01T12:00:00Z')

/** Of one test: its accounts, and a certificate that the giving one has registered. */
export class TransferScene {
  readonly giver = contextOf()
  readonly receiver = contextOf()
  readonly other = contextOf()
  /** It is not served any more. */
  readonly closed = contextOf()
  readonly store: Store
  readonly transfers: ReturnType<typeof transfersOperations>
  readonly certificates: ReturnType<typeof certificatesOperations>
  now = start
  attachments = { policies: 0, things: 0 }
  announced: Change[] = []
  entries: JournalEntry[] = []
  certificateId = ''
  certificatePem = ''

  constructor({ store, issuer }: Shared) {
    this.store = store
    const deps = {
      store,
      fabric: { announce: async (...changes: Change[]) => void this.announced.push(...changes) },
      now: () => this.now,
      attachmentsOf: async () => this.attachments,
    }
    const open = [this.giver, this.receiver, this.other].map(({ accountId }) => accountId)
    this.transfers = transfersOperations({
      ...deps,
      record: (entry) => void this.entries.push(entry),
      isOpenAccount: (accountId) => open.includes(accountId),
    })
    this.certificates = certificatesOperations({ ...deps, issuer, detachPolicies: async () => {} })
  }

  async begin(): Promise<this> {
    const { certificateId, certificatePem } = makeCa().issue()
    Object.assign(this, { certificateId, certificatePem })
    await this.certificates.RegisterCertificateWithoutCA({ certificatePem }, this.giver)
    this.announced = []
    return this
  }

  later = () => void (this.now = new Date(this.now.getTime() + 60_000))

  arnIn = ({ accountId }: CallContext) => `arn:aws:iot:${region}:${accountId}:cert/${this.certificateId}`

  transfer = (to = this.receiver, transferMessage?: string, from = this.giver) =>
    this.transfers.TransferCertificate(
      {
        certificateId: this.certificateId,
        targetAwsAccount: to.accountId,
        ...(transferMessage && { transferMessage }),
      },
      from,
    )

  accept = (by = this.receiver, setAsActive = false) =>
    this.transfers.AcceptCertificateTransfer({ certificateId: this.certificateId, setAsActive }, by)

  reject = (by = this.receiver, rejectReason?: string) =>
    this.transfers.RejectCertificateTransfer(
      { certificateId: this.certificateId, ...(rejectReason && { rejectReason }) },
      by,
    )

  cancel = (by = this.giver) =>
    this.transfers.CancelCertificateTransfer({ certificateId: this.certificateId }, by)

  describeFor = async (context: CallContext) =>
    (await this.certificates.DescribeCertificate({ certificateId: this.certificateId }, context))
      .certificateDescription

  listFor = async (context: CallContext) =>
    (await this.certificates.ListCertificates({}, context)).certificates

  outgoingOf = async (context: CallContext) =>
    (await this.transfers.ListOutgoingCertificates({}, context)).outgoingCertificates
}

export const notFound = refusal('ResourceNotFoundException', 'there is no certificate')
export const completed = refusal('TransferAlreadyCompletedException', 'is completed already')
export const notTransferred = refusal('InvalidRequestException', 'is not being transferred')
