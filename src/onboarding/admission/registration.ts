/** Registers a device that shows up and tells the rules that it waits (JITR). */
import { despiteNoRoom } from '../../fabric/in-process/index.ts'
import { findCertificate, registerPendingCertificate } from '../../pki/certificates/index.ts'
import type { Db } from '../../store/index.ts'
import { namesOf } from '../provisioning/index.ts'
import type { Admission } from './admission.ts'
import { CertificateChanged, close, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import { entryOf, registeredEntry } from './journal-entries.ts'
import { judgeKnown } from './judge.ts'
import { registeredEvent } from './registered-event.ts'

/**
 * Registers before it announces, so a rule that reacts finds the certificate.
 * @throws {CertificateChanged} {@link DeviceLimitReached}
 */
export async function registerJustInTime(deps: FirstConnectionDeps, device: NewDevice): Promise<Admission> {
  const { presentation, leaf, known, ca } = device
  const { accountId, certificateId } = presentation
  const now = deps.now()
  const pending = { accountId, certificate: leaf, ca, now }
  const register = (db: Db) => registerPendingCertificate(db, pending)
  const certificate =
    known ?? (await deps.store.transact(register, undefined, namesOf(accountId, { certificateId })))
  if (certificate.status !== 'PENDING_ACTIVATION')
    throw new CertificateChanged('the certificate was changed meanwhile')
  if (!known) deps.record(registeredEntry(presentation, certificate))
  const event = registeredEvent(certificate, ca, { isNew: !known, presenter: presentation, now })
  deps.record(
    entryOf(presentation, 'registration-announced', {
      caCertificateId: ca.certificateId,
      details: { topic: event.topic },
    }),
  )
  const closed: Admission = { action: 'close', code: 'registration-announced', certificateId }
  if (ca.options.firstConnection !== 'hold') {
    await despiteNoRoom(deps.fabric.publish(event))
    return closed
  }
  const decided = deps.holds.wait(accountId, certificateId)
  await despiteNoRoom(deps.fabric.publish(event))
  await decided
  const settled = await findCertificate(deps.store.read, accountId, certificateId)
  if (!settled || settled.status === 'PENDING_ACTIVATION') return closed
  const decision = judgeKnown(deps, { accountId, at: deps.now() }, settled, leaf)
  if (decision.action === 'refuse') return close(deps, presentation, decision.code)
  return { action: 'accept', certificate: settled }
}
