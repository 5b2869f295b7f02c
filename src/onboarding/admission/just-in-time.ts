/** Runs a CA's template for one device that shows up (JITP). */
import { iotError } from '../../api/aws/errors.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import type { Admission } from './admission.ts'
import { close, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import { askHook } from './hook.ts'
import { HookRefusal } from '../hooks/index.ts'
import { failedEntry, provisionedEntry, registeredEntry } from './journal-entries.ts'
import {
  failureDetails,
  pendingReason,
  successDetails,
  toProvisioningError,
  type Provisioned,
  type ProvisioningError,
  type RunFacts,
} from '../provisioning/index.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import type { Db } from '../../store/index.ts'
import { registeredEvent } from './registered-event.ts'
import { findClosingReason, runTemplate, type Outcome } from './template-run.ts'
import { keepWaiting } from './waiting.ts'

/**
 * All of the template or nothing of it. When it fails the certificate stays PENDING_ACTIVATION with the reason, and
 * the next connection tries again. The journal tells either.
 * @throws {CertificateChanged} {@link DeviceLimitReached}
 */
export async function provisionJustInTime(deps: FirstConnectionDeps, device: NewDevice): Promise<Admission> {
  try {
    return await provisionAllowed(deps, await askHook(deps, device))
  } catch (cause) {
    if (!(cause instanceof HookRefusal)) throw cause
    // nothing is kept of a new device that a hook does not allow: it is asked again when the device comes again
    if (device.known) await keepWaiting(deps, device, `${cause.code}: ${cause.message}`)
    return close(deps, device.presentation, cause.code, { ...cause.details, ca: device.ca.certificateId })
  }
}

async function provisionAllowed(deps: FirstConnectionDeps, device: NewDevice): Promise<Admission> {
  const { registrationConfig = {} } = device.ca
  const facts: RunFacts = {
    template: registrationConfig.templateName ?? 'registrationConfig.templateBody',
    roleArn: registrationConfig.roleArn ?? '',
  }
  try {
    const { read, transact } = deps.store
    const remember = deps.certificates.expect()
    const noting = (work: (db: Db) => Promise<Provisioned>, apart: readonly string[]) =>
      transact(work, (done) => changesOf(device, done), apart)
    const { provisioned, plan } = await runTemplate({ ...deps, read, transact: noting }, device, facts)
    if (provisioned.certificate) remember(provisioned.certificate)
    return await concludeProvisioned(deps, device, { provisioned, plan, facts })
  } catch (cause) {
    const error = toProvisioningError(cause, 'registrationConfig')
    if (!error) throw cause
    return keepPending(deps, device, error, facts)
  }
}

async function concludeProvisioned(
  deps: FirstConnectionDeps,
  device: NewDevice,
  { provisioned, plan, facts }: Outcome & { facts: RunFacts },
): Promise<Admission> {
  const { presentation, known, ca } = device
  const { certificate } = provisioned
  if (!certificate) throw iotError('InternalFailureException', 'the template settled no certificate')
  if (!known) deps.record(registeredEntry(presentation, certificate))
  deps.record(provisionedEntry(presentation, ca, provisioned, successDetails(provisioned, plan, facts)))
  announceRegistration(deps, device, certificate)
  await deps.fabric.announce(...changesOf(device, provisioned))
  const closing = findClosingReason(ca, certificate)
  if (closing) return close(deps, presentation, closing)
  return { action: 'accept', certificate }
}

function changesOf({ presentation, known }: NewDevice, { thing }: Provisioned): Change[] {
  const { accountId, certificateId } = presentation
  return [
    // of a certificate that was not there before nobody can have kept anything
    ...(known ? [{ accountId, kind: 'certificate' as const, id: certificateId }] : []),
    ...(thing && !thing.isNew ? [{ accountId, kind: 'thing' as const, id: thing.thingName }] : []),
  ]
}

async function keepPending(
  deps: FirstConnectionDeps,
  device: NewDevice,
  error: ProvisioningError,
  facts: RunFacts,
): Promise<Admission> {
  const { presentation, ca } = device
  const { certificateId } = presentation
  const certificate = await keepWaiting(deps, device, pendingReason(error))
  deps.record(failedEntry(presentation, ca, failureDetails(error, facts)))
  announceRegistration(deps, device, certificate)
  return { action: 'close', code: 'provisioning-failed', certificateId }
}

/** assumed: the registered event is published for provisioned devices too, as it does no harm. */
function announceRegistration(
  deps: FirstConnectionDeps,
  device: NewDevice,
  certificate: DeviceCertificate,
): void {
  const { presentation, known, ca } = device
  void deps.fabric.publish(
    registeredEvent(certificate, ca, { isNew: !known, presenter: presentation, now: deps.now() }),
  )
}
