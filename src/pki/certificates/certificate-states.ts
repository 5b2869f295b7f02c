/**
 * Which status of a device certificate may follow which.
 * Source: AWS IoT API Reference, "UpdateCertificate", "RegisterCertificate", "DeleteCertificate".
 */
import type { CertificateStatus } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'

/** Before it is registered a certificate is `none`; afterwards, when deleted, it is again. */
export type CertificateState = CertificateStatus | 'none'

/** `service`: only Muster itself may ask for it, never a caller of the API. */
type Transition = 'allowed' | 'refused' | 'service'

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
  INACTIVE: settled,
  REVOKED: settled,
  PENDING_ACTIVATION: settled,
  PENDING_TRANSFER: nothing, // until the transfer is accepted, rejected, or cancelled
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

/** The other statuses from which a certificate may get `to`. */
export function statusesBefore(to: CertificateStatus): CertificateStatus[] {
  return statuses.filter((from) => from !== to && certificateTransitions[from][to] === 'allowed')
}

function describeRefusal(from: CertificateState, to: CertificateState): string {
  if (from === 'none') return `Not allowed to register certificate with ${to} status`
  if (to === 'none') return `a certificate that is ${from} cannot be deleted; make it INACTIVE first`
  if (from === 'PENDING_TRANSFER')
    return `the certificate is being transferred; its status cannot become ${to}`
  return `a certificate's status cannot be set to ${to}; use ACTIVE, INACTIVE, or REVOKED`
}
