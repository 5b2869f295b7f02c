/** A certificate that goes to another account: what is told of it, and each account's steps. */
import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import type { Action } from '../../kit/action.ts'
import { Details } from '../../kit/details.tsx'
import { TextField } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useSession } from '../../kit/use-session.ts'
import { iot } from '../resources/list.tsx'

/** What DescribeCertificate says of the last transfer, times in epoch seconds. */
export interface Transferred {
  certificateId: string
  status: string
  ownedBy?: string
  previousOwnedBy?: string
  transferData?: {
    transferMessage?: string
    rejectReason?: string
    transferDate?: number
    acceptDate?: number
    rejectDate?: number
  }
}

export const isInTransfer = ({ status }: Pick<Transferred, 'status'>) => status === 'PENDING_TRANSFER'

/** Nothing, where a certificate was in no transfer. */
export function Transfer({ certificate, onGone }: { certificate: Transferred; onGone: () => void }) {
  const { previousOwnedBy, ownedBy, transferData = {} } = certificate
  const { transferDate, acceptDate, rejectDate, transferMessage, rejectReason } = transferData
  if (transferDate === undefined && previousOwnedBy === undefined) return null
  const written = (value: string | undefined) => value && shown(value)
  return (
    <Details
      title="Transfer"
      actions={isInTransfer(certificate) && <TransferSteps certificate={certificate} onGone={onGone} />}
      facts={{
        ...(previousOwnedBy && { 'From account': previousOwnedBy, 'To account': ownedBy }),
        Message: written(transferMessage),
        Started: showTime(transferDate),
        ...(rejectDate === undefined
          ? { Accepted: showTime(acceptDate) }
          : { Rejected: showTime(rejectDate), Reason: written(rejectReason) }),
      }}
    />
  )
}

/** What the account that somebody is signed in to can do about it. */
function TransferSteps({ certificate, onGone }: { certificate: Transferred; onGone: () => void }) {
  const { certificateId, previousOwnedBy } = certificate
  const accountId = useSession()?.accountId
  if (accountId === undefined) return null
  if (accountId === previousOwnedBy)
    return (
      <ActionButton
        label="Cancel transfer"
        question="The certificate stays in this account, INACTIVE."
        operation={iot('CancelCertificateTransfer', { certificateId })}
      />
    )
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ActionButton
        label="Reject transfer"
        needs={iot('RejectCertificateTransfer')}
        form={(close) => <RejectForm certificateId={certificateId} onClose={close} onDone={onGone} />}
      />
      <ActionButton
        label="Accept transfer"
        variant="primary"
        needs={iot('AcceptCertificateTransfer')}
        form={(close) => <AcceptForm certificateId={certificateId} onClose={close} />}
      />
    </SpaceBetween>
  )
}

interface FormProps {
  certificateId: string
  onClose: () => void
}

function AcceptForm({ certificateId, onClose }: FormProps) {
  const [setAsActive, setActive] = useState(false)
  return (
    <FormModal
      title="Accept transfer"
      submitLabel="Accept transfer"
      calls={iot('AcceptCertificateTransfer', { certificateId, ...(setAsActive && { setAsActive }) })}
      onClose={onClose}
    >
      <Box>The certificate belongs to this account then, without policies and things.</Box>
      <Checkbox checked={setAsActive} onChange={({ detail }) => setActive(detail.checked)}>
        Active
      </Checkbox>
    </FormModal>
  )
}

function RejectForm({ certificateId, onClose, onDone }: FormProps & { onDone: () => void }) {
  const [rejectReason, setReason] = useState('')
  return (
    <FormModal
      title="Reject transfer"
      submitLabel="Reject transfer"
      calls={iot('RejectCertificateTransfer', {
        certificateId,
        ...(rejectReason !== '' && { rejectReason }),
      })}
      onClose={onClose}
      onDone={onDone}
    >
      <TextField
        label="Reason - optional"
        member="rejectReason"
        description="The account that gives the certificate reads it."
        value={rejectReason}
        onChange={setReason}
      />
    </FormModal>
  )
}

/** What is attached, as far as it is known. */
type Attached = { policies: readonly string[]; things: readonly string[] } | undefined

/** Begins one. */
export function startTransfer({ certificateId, status }: Transferred, attached: Attached): Action {
  return {
    label: 'Start transfer',
    needs: iot('TransferCertificate'),
    disabledReason: findObstacle(status, attached),
    form: (close) => <StartForm certificateId={certificateId} onClose={close} />,
  }
}

function findObstacle(status: string, attached: Attached): string | undefined {
  if (status === 'ACTIVE') return 'Deactivate it first'
  if (!attached) return 'What is attached to it is not known yet'
  return attached.policies.length + attached.things.length > 0
    ? 'Detach its policies and things first'
    : undefined
}

function StartForm({ certificateId, onClose }: FormProps) {
  const [targetAwsAccount, setTarget] = useState('')
  const [transferMessage, setMessage] = useState('')
  return (
    <FormModal
      title="Start transfer"
      submitLabel="Start transfer"
      calls={iot('TransferCertificate', {
        certificateId,
        targetAwsAccount,
        ...(transferMessage !== '' && { transferMessage }),
      })}
      missing={/^\d{12}$/.test(targetAwsAccount) ? undefined : 'Give the 12 digits of an account first'}
      onClose={onClose}
    >
      <Box>The device is kept out until the other account accepts, or this one cancels.</Box>
      <TextField
        label="Account"
        member="targetAwsAccount"
        description="The 12 digits of an account of this server."
        value={targetAwsAccount}
        onChange={(value) => setTarget(value.trim())}
      />
      <TextField
        label="Message - optional"
        member="transferMessage"
        description="The other account reads it."
        value={transferMessage}
        onChange={setMessage}
      />
    </FormModal>
  )
}
