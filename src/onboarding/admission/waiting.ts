/** A device that is registered, and waits for what its `pendingReason` says. */
import {
  findCertificate,
  registerPendingCertificate,
  setPendingReason,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import type { Db } from '../../store/index.ts'
import { namesOf } from '../provisioning/index.ts'
import type { Admission } from './admission.ts'
import { CertificateChanged, close, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import { registeredEntry } from './journal-entries.ts'

type WaitingDeps = Pick<FirstConnectionDeps, 'store' | 'record' | 'now'>

/** @throws {CertificateChanged} {@link DeviceLimitReached} */
export async function keepWaiting(
  deps: WaitingDeps,
  { presentation, leaf, known, ca }: NewDevice,
  reason: string,
): Promise<DeviceCertificate> {
  const { accountId, certificateId } = presentation
  const now = deps.now()
  const note = async (db: Db) => {
    // what was deleted meanwhile, or went to another account, is not registered again
    const pending = known
      ? await findCertificate(db, accountId, certificateId)
      : await registerPendingCertificate(db, { accountId, certificate: leaf, ca, now })
    if (!pending) throw new CertificateChanged('the certificate is not registered any more')
    // a person may have said yes meanwhile: there is nothing to wait for, or something else
    if (pending.approvedAt && !known?.approvedAt) throw new CertificateChanged('it was approved meanwhile')
    await setPendingReason(db, { accountId, certificateId, reason, now })
    return pending
  }
  const isNoted = known?.pendingReason === reason // spares a device that retries every second the writes
  const certificate = isNoted
    ? known
    : await deps.store.transact(note, undefined, namesOf(accountId, { certificateId }))
  if (certificate.status !== 'PENDING_ACTIVATION')
    throw new CertificateChanged('the certificate was changed meanwhile')
  if (!known) deps.record(registeredEntry(presentation, certificate))
  return certificate
}

/**
 * Nothing is announced and no template is run before a person has said yes.
 * @throws {CertificateChanged} {@link DeviceLimitReached}
 */
export async function awaitApproval(deps: WaitingDeps, device: NewDevice): Promise<Admission> {
  const { presentation, ca } = device
  await keepWaiting(deps, device, `waits for approval: muster approve ${presentation.certificateId}`)
  return close(deps, presentation, 'approval-awaited', { ca: ca.certificateId })
}
