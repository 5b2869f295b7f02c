/**
 * Which status of a device certificate may follow which.
 * Source: AWS IoT API Reference, "UpdateCertificate", "RegisterCertificate", "DeleteCertificate", "TransferCertificate" ("must not
 * be in the ACTIVE state"), "AcceptCertificateTransfer", "RejectCertificateTransfer", "CancelCertificateTransfer".
 */
import type { CertificateStatus } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'

/** Before it is registered a certificate is `none`; afterwards, when deleted, it is again. */
export type CertificateState = CertificateStatus | 'none'

/** `service`: only Muster itself may ask for it, never a caller of the API; `transfer`: only the operations on transfers. */
type Transition = 'allowed' | 'refused' | 'service' | 'transfer'

type Row = Record<CertificateState, Transition>

const settled: Row = {
  none: 'allowed',
  ACTIVE: 'allowed',
  INACTIVE: 'allowed',
  REVOKED: 'allowed', // assumed: revocation can be taken back through UpdateCertificate
  PENDING_ACTIVATION: 'refused',
  PENDING_TRANSFER: 'refused',
  REGISTER_INACTIVE: 'refused',
}

const transferable: Row = { ...settled, PENDING_TRANSFER: 'transfer' }

const nothing: Row = {
  none: 'refused',
  ACTIVE: 'refused',
  INACTIVE: 'refused',
  REVOKED: 'refused',
  PENDING_ACTIVATION: 'refused',
  PENDING_TRANSFER: 'refused',
  REGISTER_INACTIVE: 'refused',
}

const statuses: readonly CertificateStatus[] = [
  'ACTIVE',
  'INACTIVE',
  'REVOKED',
  'PENDING_ACTIVATION',
  'PENDING_TRANSFER',
  'REGISTER_INACTIVE',
]

/** From the state of the row to the state of the column. */
export const certificateTransitions: Record<CertificateState, Row> = {
  none: { ...settled, none: 'refused', PENDING_ACTIVATION: 'service' },
  ACTIVE: { ...settled, none: 'refused' },
  INACTIVE: transferable,
  REVOKED: transferable, // assumed: all but ACTIVE
  PENDING_ACTIVATION: transferable,
  PENDING_TRANSFER: { ...nothing, ACTIVE: 'transfer', INACTIVE: 'transfer' },
  REGISTER_INACTIVE: nothing, // deprecated: no certificate gets there
}

/**
 * Asked before a caller's registration, update, or deletion of a certificate.
 * @throws {AwsError} `CertificateStateException` when the table does not allow it
 */
export function checkTransition(from: CertificateState, to: CertificateState): void {
  if (certificateTransitions[from][to] === 'allowed') return
  throw iotError('CertificateStateException', describeRefusal(from, to))
}

/**
 * Asked before a certificate is offered to another account, and before that has it, or the first one has it again.
 * @throws {AwsError} `CertificateStateException` when the table does not allow it
 */
export function checkTransferStep(from: CertificateStatus, to: CertificateStatus): void {
  if (certificateTransitions[from][to] === 'transfer') return
  throw iotError(
    'CertificateStateException',
    from === 'PENDING_TRANSFER'
      ? 'the certificate is being transferred already; cancel that first'
      : `a certificate that is ${from} cannot be transferred; make it INACTIVE first`,
  )
}

/**
 * Asked before anything is attached to a certificate: what goes to another account goes without.
 * @throws {AwsError} `InvalidRequestException`, which attaching policies and things may answer
 */
export function checkNotInTransfer({ status }: { status: CertificateStatus }): void {
  if (status !== 'PENDING_TRANSFER') return
  throw iotError(
    'InvalidRequestException',
    'the certificate is being transferred; nothing is attached to it before that is accepted, rejected, or cancelled',
  )
}

/** The other statuses from which a certificate may get `to`. */
export function statusesBefore(to: CertificateStatus): CertificateStatus[] {
  return statuses.filter((from) => from !== to && certificateTransitions[from][to] === 'allowed')
}

function describeRefusal(from: CertificateState, to: CertificateState): string {
  if (from === 'none') return `Not allowed to register certificate with ${to} status`
  if (from === 'PENDING_TRANSFER')
    return `the certificate is being transferred; it cannot ${to === 'none' ? 'be deleted' : `become ${to}`} before that is accepted, rejected, or cancelled`
  if (to === 'none') return `a certificate that is ${from} cannot be deleted; make it INACTIVE first`
  return `a certificate's status cannot be set to ${to}; use ACTIVE, INACTIVE, or REVOKED`
}
