/** The status of device certificates, and what those wait for that are PENDING_ACTIVATION. */
import type { CertificateStatus } from '@aws-sdk/client-iot'
import type { Db, Tables } from '../../store/index.ts'
import { checkTransition, statusesBefore } from './certificate-states.ts'
import type { DeviceCertificate } from './certificate.ts'
import { fromRow, getOwnOrOffered } from './store.ts'

interface StatusChange {
  accountId: string
  certificateId: string
  status: CertificateStatus
  now: Date
}

/**
 * Gives a certificate another status; its own again changes nothing. A reason for being pending goes away.
 * @throws {AwsError} `ResourceNotFoundException` or `CertificateStateException`
 */
export async function activateCertificate(db: Db, change: StatusChange): Promise<DeviceCertificate> {
  const { accountId, certificateId, status } = change
  const row = await updateStatus(db, change)
  if (row) return fromRow(row)
  const unchanged = await getOwnOrOffered(db, accountId, certificateId)
  checkTransition(unchanged.status, status)
  return unchanged
}

/** Nothing when it has a status that does not lead there. */
async function updateStatus(
  db: Db,
  { accountId, certificateId, status, now }: StatusChange,
): Promise<Tables['certificates'] | undefined> {
  const before = statusesBefore(status)
  if (before.length === 0) return undefined
  return db
    .updateTable('certificates')
    .set((eb) => ({
      status,
      modified_at: now.getTime(),
      customer_version: eb('customer_version', '+', 1),
      pending_reason: null,
    }))
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .where('status', 'in', before)
    .returningAll()
    .executeTakeFirst()
}

/** Notes why a certificate still is PENDING_ACTIVATION; does nothing once it is something else. */
export async function setPendingReason(
  db: Db,
  {
    accountId,
    certificateId,
    reason,
    now,
  }: { accountId: string; certificateId: string; reason: string; now: Date },
): Promise<void> {
  await db
    .updateTable('certificates')
    .set({ pending_reason: reason, modified_at: now.getTime() })
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .where('status', '=', 'PENDING_ACTIVATION')
    .execute()
}

/** Notes that a person lets the device come. Nothing when the certificate is not PENDING_ACTIVATION. */
export async function setApproved(
  db: Db,
  { accountId, certificateId, now }: Omit<StatusChange, 'status'>,
): Promise<DeviceCertificate | undefined> {
  const row = await db
    .updateTable('certificates')
    .set({ approved_at: now.getTime(), pending_reason: null, modified_at: now.getTime() })
    .where('account_id', '=', accountId)
    .where('certificate_id', '=', certificateId)
    .where('status', '=', 'PENDING_ACTIVATION')
    .returningAll()
    .executeTakeFirst()
  return row && fromRow(row)
}
