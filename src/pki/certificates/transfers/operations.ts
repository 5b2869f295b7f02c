/**
 * Certificates that go from one account of the server to another. Sources: AWS IoT API Reference, "TransferCertificate" and its
 * companions; AWS IoT Developer Guide, "Transfer a certificate to another account" ("deactivated and detached from all
 * policies and things").
 */
import type * as Iot from '@aws-sdk/client-iot'
import { iotError } from '../../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../../api/aws/operations.ts'
import { commitChanges, type Fabric } from '../../../fabric/in-process/index.ts'
import { iotArn } from '../../../lib/arn.ts'
import { recordStrangers, type JournalCode, type RecordEntry } from '../../../observability/journal/index.ts'
import type { Db, Store } from '../../../store/index.ts'
import { checkTransferStep } from '../certificate-states.ts'
import type { DeviceCertificate } from '../certificate.ts'
import type { CountAttachments } from '../operations.ts'
import { findCertificate, findOffered, getCertificate } from '../store.ts'
import { listOutgoing } from './outgoing-store.ts'
import { findReceiver, moveCertificate, offerCertificate, returnCertificate } from './transfer-store.ts'

export interface TransfersDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  record: RecordEntry
  now: () => Date
  /** Whether it is an account of this server, and not closed. */
  isOpenAccount: (accountId: string) => boolean
  attachmentsOf: CountAttachments
}

/** Who gives what to whom. */
interface Transfer {
  certificateId: string
  from: string
  to: string
  /** What the two write to each other. */
  text?: { message?: string | undefined } | { reason?: string | undefined }
}

export function transfersOperations(deps: TransfersDeps) {
  const { store, now } = deps
  const commit = (work: (db: Db) => Promise<Transfer>) => commitChanges(deps, changesOf, work)
  const tell = openTelling(deps)

  return {
    async TransferCertificate({ certificateId, targetAwsAccount: to, transferMessage }, context) {
      const { accountId: from, region } = context
      const transfer = await commit(async (db) => {
        const certificate = await getCertificate(db, from, certificateId)
        checkReceiver(deps, from, to)
        await checkTransferable(deps, db, certificate)
        await checkNotOffered(db, to, certificateId)
        await offerCertificate(db, certificate, { transferredTo: to, transferMessage, now: now() })
        return { certificateId, from, to, text: { message: transferMessage } }
      })
      tell('certificate-transfer-started', transfer, context)
      return { transferredCertificateArn: iotArn({ region, accountId: to }, `cert/${certificateId}`) }
    },

    async AcceptCertificateTransfer({ certificateId, setAsActive = false }, context) {
      const { accountId: to } = context
      const status = setAsActive ? ('ACTIVE' as const) : ('INACTIVE' as const)
      const transfer = await commit(async (db) => {
        const offered = await getOffered(db, to, certificateId)
        await checkNotRegistered(db, to, certificateId)
        checkTransferStep(offered.status, status)
        await moveCertificate(db, offered, { by: to, status, now: now() })
        return { certificateId, from: offered.accountId, to }
      })
      tell('certificate-transfer-accepted', transfer, context)
    },

    async RejectCertificateTransfer({ certificateId, rejectReason }, context) {
      const { accountId: to } = context
      const transfer = await commit(async (db) => {
        const offered = await getOffered(db, to, certificateId)
        checkTransferStep(offered.status, 'INACTIVE')
        const at = now()
        const transferData = { ...offered.transferData, rejectDate: at, rejectReason }
        await returnCertificate(db, offered, { transferData, now: at })
        return { certificateId, from: offered.accountId, to, text: { reason: rejectReason } }
      })
      tell('certificate-transfer-rejected', transfer, context)
    },

    async CancelCertificateTransfer({ certificateId }, context) {
      const { accountId: from } = context
      const transfer = await commit(async (db) => {
        const { certificate, to } = await getOutgoing(db, from, certificateId)
        checkTransferStep(certificate.status, 'INACTIVE')
        await returnCertificate(db, certificate, { transferData: undefined, now: now() })
        return { certificateId, from, to }
      })
      tell('certificate-transfer-cancelled', transfer, context)
    },

    ListOutgoingCertificates: (input, { accountId }) => listOutgoing(store.read, accountId, input),
  } satisfies Partial<Operations<typeof Iot>>
}

/** Both accounts may have something in memory about a certificate of that id. */
const changesOf = ({ certificateId: id, from, to }: Transfer) =>
  [from, to].map((accountId) => ({ accountId, kind: 'certificate' as const, id }))

/**
 * Writes down for both accounts what one of them does. What fills the journal of the other is bounded, as that has no say
 * in it: by each account for itself, so that none hides what another does.
 */
function openTelling({ record, now }: Pick<TransfersDeps, 'record' | 'now'>) {
  const recordOther = recordStrangers(record, ({ details }) => [details?.['from'], details?.['to']].join(' '))
  return (code: JournalCode, transfer: Transfer, { accountId: own, caller }: CallContext): void => {
    const { certificateId, from, to, text } = transfer
    const at = now()
    const written = Object.entries(text ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    const details = { from, to, ...Object.fromEntries(written) }
    record({ accountId: own, code, at, certificateId, details: { ...details, by: caller.arn } })
    recordOther({ accountId: own === from ? to : from, code, at, certificateId, details })
  }
}

// assumed: AWS does not tell with which of its errors it refuses an account
function checkReceiver({ isOpenAccount }: Pick<TransfersDeps, 'isOpenAccount'>, from: string, to: string) {
  if (from === to)
    throw iotError('InvalidRequestException', 'the certificate belongs to that account already')
  if (!isOpenAccount(to))
    throw iotError('InvalidRequestException', `there is no account ${to} to transfer to`)
}

async function checkTransferable(
  { attachmentsOf }: Pick<TransfersDeps, 'attachmentsOf'>,
  db: Db,
  { accountId, certificateArn, status, claimTemplate }: DeviceCertificate,
): Promise<void> {
  checkTransferStep(status, 'PENDING_TRANSFER')
  if (claimTemplate !== undefined)
    throw iotError(
      'InvalidRequestException',
      `the certificate is a claim for the template ${claimTemplate}; claims are not transferred`,
    )
  const { policies, things } = await attachmentsOf(db, accountId, certificateArn)
  if (policies + things > 0)
    throw iotError(
      'TransferConflictException',
      `${policies} policies and ${things} things are attached to the certificate; detach them first`,
    )
}

async function checkNotOffered(db: Db, to: string, certificateId: string): Promise<void> {
  if (await findOffered(db, to, certificateId))
    throw iotError(
      'TransferConflictException',
      `certificate ${certificateId} waits for account ${to} already, from another account`,
    )
}

async function checkNotRegistered(db: Db, accountId: string, certificateId: string): Promise<void> {
  if (await findCertificate(db, accountId, certificateId))
    throw iotError(
      'InvalidRequestException',
      `certificate ${certificateId} is registered in this account too; delete it before, or reject the transfer`,
    )
}

/** What waits for the account, or why nothing does. */
async function getOffered(db: Db, accountId: string, certificateId: string): Promise<DeviceCertificate> {
  const offered = await findOffered(db, accountId, certificateId)
  if (offered) return offered
  const { transferData } = await getCertificate(db, accountId, certificateId)
  throw noTransfer(certificateId, transferData?.acceptDate !== undefined)
}

/** What the account gives away, or why it does not. */
async function getOutgoing(db: Db, accountId: string, certificateId: string) {
  const certificate = await findCertificate(db, accountId, certificateId)
  if (certificate?.transferredTo !== undefined) return { certificate, to: certificate.transferredTo }
  const isCompleted =
    certificate?.transferData?.rejectDate !== undefined ||
    (await findReceiver(db, accountId, certificateId)) !== undefined
  if (!isCompleted) await getCertificate(db, accountId, certificateId)
  throw noTransfer(certificateId, isCompleted)
}

// assumed: of a certificate that is not transferred at all the request is what is wrong
const noTransfer = (certificateId: string, isCompleted: boolean) =>
  isCompleted
    ? iotError(
        'TransferAlreadyCompletedException',
        `the transfer of certificate ${certificateId} is completed already`,
      )
    : iotError('InvalidRequestException', `certificate ${certificateId} is not being transferred`)
