/** Runs a CA's template for one device that shows up (JITP). */
import { AwsError, iotError } from '../../api/aws/errors.ts'
import {
  activateCertificate,
  findCertificate,
  registerCertificate,
  registerPendingCertificate,
  setPendingReason,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import { iotArn } from '../../lib/arn.ts'
import { CertificateError } from '../../lib/x509.ts'
import type { Db } from '../../store/index.ts'
import {
  TemplateError,
  certificateParameters,
  planProvisioning,
  type CertificatePlan,
  type ProvisioningPlan,
} from '../templates/index.ts'
import type { Admission } from './admission.ts'
import { CertificateChanged, close, type FirstConnectionDeps, type NewDevice } from './first-connection.ts'
import {
  failedEntry,
  pendingReason,
  provisionedEntry,
  registeredEntry,
  type RunFacts,
} from './journal-entries.ts'
import {
  ProvisioningError,
  carryOut,
  checkSteps,
  findForbidden,
  overrideSteps,
  requiredSteps,
  type Authorize,
  type Provisioned,
} from '../provisioning/index.ts'
import { registeredEvent } from './registered-event.ts'
import { assumeProvisioningRole, findTemplateSource } from '../provisioning-templates/index.ts'

/**
 * All of the template or nothing of it. When it fails the certificate stays PENDING_ACTIVATION with the reason, and
 * the next connection tries again. The journal tells either.
 * @throws {CertificateChanged}
 */
export async function provisionJustInTime(deps: FirstConnectionDeps, device: NewDevice): Promise<Admission> {
  const { registrationConfig = {} } = device.ca
  const facts: RunFacts = {
    template: registrationConfig.templateName ?? 'registrationConfig.templateBody',
    roleArn: registrationConfig.roleArn ?? '',
  }
  try {
    const { provisioned, plan } = await runTemplate(deps, device, facts)
    return await concludeProvisioned(deps, device, { provisioned, plan, facts })
  } catch (cause) {
    const error = toProvisioningError(cause)
    if (!error) throw cause
    return keepPending(deps, device, error, facts)
  }
}

interface Outcome {
  provisioned: Provisioned
  plan: ProvisioningPlan
}

/** Notes in `facts` the role once it is known. */
async function runTemplate(deps: FirstConnectionDeps, device: NewDevice, facts: RunFacts): Promise<Outcome> {
  const { store, identities, region, now } = deps
  const { ca, leaf, presentation } = device
  const { accountId, certificateId } = presentation
  const source = await findTemplateSource(store.read, accountId, ca.registrationConfig ?? {})
  facts.roleArn = source.roleArn
  const plan = planProvisioning(deps.parseTemplate(source.templateBody, 'JITP'), certificateParameters(leaf))
  checkCertificate(plan.certificate, certificateId)
  const role = await assumeProvisioningRole(identities, {
    accountId,
    roleArn: source.roleArn,
    sourceArn: ca.certificateArn,
  })
  const authorizeRole = await identities.openAuthorize(role)
  const authorize: Authorize = (action, resource, conditions) =>
    authorizeRole({ action, resource, ...(conditions && { conditions }) })
  const scope = { accountId, region }
  await checkSteps(requiredSteps(plan, scope, iotArn(scope, `cert/${certificateId}`)), authorize)
  const forbidden = await findForbidden(overrideSteps(plan, scope), authorize)
  const run = {
    ...scope,
    plan,
    now: now(),
    forbidden,
    settleCertificate: (db: Db, { status }: CertificatePlan) =>
      settleCertificate(db, device, { status, region }, now()),
  }
  return { provisioned: await store.transact((db) => carryOut(db, run)), plan }
}

/** The template must be about the certificate that was presented, whatever its functions make of the id. */
function checkCertificate(certificate: CertificatePlan | undefined, certificateId: string): void {
  if (certificate?.source.kind === 'id' && certificate.source.certificateId === certificateId) return
  const place = `Resources.${certificate?.logicalId ?? ''}.Properties.CertificateId`
  throw new TemplateError(place, 'is not the id of the certificate that the device presents')
}

/** One insert for a new device; nobody sees a state in between, as all happens in one transaction. */
async function settleCertificate(
  db: Db,
  { presentation, leaf, known, ca }: NewDevice,
  { status, region }: { status: 'ACTIVE' | 'INACTIVE'; region: string },
  now: Date,
): Promise<DeviceCertificate> {
  const { accountId, certificateId } = presentation
  if (!known) {
    try {
      return await registerCertificate(db, { accountId, region, certificate: leaf, ca, status, now })
    } catch (error) {
      const exists = error instanceof AwsError && error.code === 'ResourceAlreadyExistsException'
      throw exists
        ? new CertificateChanged('the certificate was registered meanwhile', { cause: error })
        : error
    }
  }
  const current = await findCertificate(db, accountId, certificateId)
  if (current?.status !== 'PENDING_ACTIVATION')
    throw new CertificateChanged('the certificate was changed meanwhile')
  return activateCertificate(db, { accountId, certificateId, status, now })
}

async function concludeProvisioned(
  deps: FirstConnectionDeps,
  device: NewDevice,
  { provisioned, plan, facts }: Outcome & { facts: RunFacts },
): Promise<Admission> {
  const { presentation, known, ca } = device
  const { accountId, certificateId } = presentation
  const { certificate, thing } = provisioned
  if (!certificate) throw iotError('InternalFailureException', 'the template settled no certificate')
  if (!known) deps.record(registeredEntry(presentation, certificate))
  const thingGroups = thing?.isNew ? (plan.thing?.thingGroups ?? []) : []
  deps.record(provisionedEntry(presentation, ca, provisioned, { ...facts, thingGroups }))
  announceRegistration(deps, device, certificate)
  await deps.fabric.announce(
    // of a certificate that was not there before nobody can have kept anything
    ...(known ? [{ accountId, kind: 'certificate' as const, id: certificateId }] : []),
    ...(thing && !thing.isNew ? [{ accountId, kind: 'thing' as const, id: thing.thingName }] : []),
  )
  if (certificate.status !== 'ACTIVE') return close(deps, presentation, 'certificate-inactive')
  if (ca.options.firstConnection === 'close') return close(deps, presentation, 'first-connection-closed')
  return { action: 'accept', certificate }
}

async function keepPending(
  deps: FirstConnectionDeps,
  device: NewDevice,
  error: ProvisioningError,
  facts: RunFacts,
): Promise<Admission> {
  const { presentation, leaf, known, ca } = device
  const { accountId, certificateId } = presentation
  const reason = pendingReason(error)
  const now = deps.now()
  const isNoted = known?.pendingReason === reason // spares a device that retries every second the writes
  const certificate = isNoted
    ? known
    : await deps.store.transact(async (db) => {
        const pending = await registerPendingCertificate(db, { accountId, certificate: leaf, ca, now })
        await setPendingReason(db, { accountId, certificateId, reason, now })
        return pending
      })
  if (certificate.status !== 'PENDING_ACTIVATION')
    throw new CertificateChanged('the certificate was changed meanwhile')
  if (!known) deps.record(registeredEntry(presentation, certificate))
  deps.record(failedEntry(presentation, ca, error, facts))
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

/** Undefined for what is nobody's mistake but ours. */
function toProvisioningError(cause: unknown): ProvisioningError | undefined {
  if (cause instanceof ProvisioningError) return cause
  if (cause instanceof TemplateError) return new ProvisioningError(cause, cause.place)
  if (cause instanceof AwsError) return new ProvisioningError(cause, 'registrationConfig')
  if (!(cause instanceof CertificateError)) return undefined
  return new ProvisioningError(new TemplateError('certificate', cause.reason), 'certificate')
}
