/** Lets devices in: asked once for each connection, with the certificate that its TLS handshake proved. */
import { untraced, type Trace } from '../../lib/trace.ts'
import type { RegistrationConfig } from '@aws-sdk/client-iot'
import type { CallContext } from '../../api/aws/operations.ts'
import {
  describeName,
  DeviceLimitReached,
  findCertificate,
  rememberCas,
  rememberCertificates,
  type DeviceCertificate,
} from '../../pki/certificates/index.ts'
import { recordStrangers } from '../../observability/journal/index.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { PresentedCertificate } from '../../lib/presented-certificate.ts'
import { turnOfOthers } from '../../lib/turn-of-others.ts'
import { createTemplateCache } from '../templates/index.ts'
import { defaultAdmissionLimits, type AdmissionLimits } from './admission-limits.ts'
import type { Admission } from './admission.ts'
import { CertificateChanged, close, type FirstConnectionDeps, type Presented } from './first-connection.ts'
import { Holds } from './holds.ts'
import { judgeKnown, judgeNew } from './judge.ts'
import { provisionJustInTime } from './just-in-time.ts'
import { lintRegistrationConfig } from '../provisioning-templates/index.ts'
import { rehearse, type Rehearsal, type RehearsalRequest } from './rehearsal.ts'
import {
  approve,
  replay,
  retry,
  type Attempt,
  type Replayed,
  type ReplayRequest,
  type Retried,
  type RetryRequest,
} from './retry.ts'
import { renewDevice } from './renewal.ts'
import { registerJustInTime } from './registration.ts'
import { awaitApproval } from './waiting.ts'

interface AdmissionRequest {
  accountId: string
  certificate: PresentedCertificate
  clientId?: string | undefined
  sourceIp: string
  protocol: 'mqtt' | 'http'
}

export interface Onboarding {
  /** Decides, carries the decision out, and records it. Concurrent calls for one certificate share one attempt. */
  admit: (request: AdmissionRequest) => MaybePromise<Admission>
  /** @throws {AwsError} `InvalidRequestException` with the place for what could not work when devices come */
  lintRegistrationConfig: (
    config: RegistrationConfig,
    context: Pick<CallContext, 'accountId'>,
  ) => Promise<void>
  /** What `admit` would come to, with nothing recorded and nothing kept. */
  rehearse: (request: RehearsalRequest) => Promise<Rehearsal>
  /** @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when the certificate does not wait */
  retry: (request: RetryRequest) => Promise<Retried>
  /**
   * Lets a device in that waits for a person's word, and decides about it at once.
   * @throws {AwsError} `ResourceNotFoundException`; `InvalidRequestException` when it waits for none
   */
  approve: (request: RetryRequest) => Promise<Retried>
  /** A page of them; those of the CA that do not wait are passed over. */
  replay: (request: ReplayRequest) => Promise<Replayed>
}

type Made = 'overlapMs' | 'parseTemplate' | 'holds' | 'recordStranger' | 'findCas' | 'certificates'
export interface OnboardingDeps extends Omit<FirstConnectionDeps, Made> {
  limits?: Partial<AdmissionLimits>
  /** Told how long the first connection of a certificate took to decide about, and to be kept. */
  measureNew?: (seconds: number) => void
}

function makeDeps(given: OnboardingDeps): FirstConnectionDeps {
  const { renewalOverlapSeconds } = { ...defaultAdmissionLimits, ...given.limits }
  return {
    ...given,
    parseTemplate: createTemplateCache(),
    holds: new Holds(given),
    recordStranger: recordStrangers(given.record),
    findCas: rememberCas(given),
    certificates: rememberCertificates(given),
    overlapMs: renewalOverlapSeconds * 1000,
  }
}

export function createOnboarding(given: OnboardingDeps): Onboarding {
  const deps = makeDeps(given)
  const { certificates } = deps
  const { assumeServiceRole } = given.identities
  const lintDeps = { ...deps, read: given.store.read, assumeServiceRole }
  const attempts = new Map<string, Promise<Admission>>()
  // whoever asks for another try waits for no rule: its outcome is seen when the device comes
  const attemptAtOnce: Attempt = (presented) =>
    share(presented, () => admitNew({ ...deps, holds: { wait: async () => {} } }, presented))
  return {
    rehearse: (request) => rehearse(deps, request),
    retry: (request) => retry(deps, attemptAtOnce, request),
    approve: (request) => approve(deps, attemptAtOnce, request),
    replay: (request) => replay(deps, attemptAtOnce, request),
    lintRegistrationConfig: (config, context) => lintRegistrationConfig(lintDeps, config, context),

    admit({ accountId, certificate, clientId, sourceIp, protocol }) {
      const { certificateId } = certificate
      const presentation = { accountId, certificateId, clientId, sourceIp, protocol, at: deps.now() }
      const found = certificates.find(accountId, certificateId)
      if (!(found instanceof Promise)) return admitFound({ presentation, certificate, known: found })
      return found.then((known) => admitFound({ presentation, certificate, known }))
    },
  }

  function admitFound(presented: Presented): MaybePromise<Admission> {
    const { known } = presented
    if (known && known.status !== 'PENDING_ACTIVATION') return admitKnown(deps, { ...presented, known })
    return share(presented, () =>
      measured(given.measureNew, () => traced(given.trace, presented, () => admitNew(deps, presented))),
    )
  }

  function share({ presentation }: Presented, work: () => Promise<Admission>): Promise<Admission> {
    const key = `${presentation.accountId}/${presentation.certificateId}`
    const running = attempts.get(key)
    if (running) return running
    const attempt = work().finally(() => attempts.delete(key))
    attempts.set(key, attempt)
    return attempt
  }
}

/** The span has what admission wrote down about the device, see the journal. */
function traced(
  trace: Trace = untraced,
  { presentation }: Presented,
  work: () => Promise<Admission>,
): Promise<Admission> {
  const { accountId, certificateId, protocol } = presentation
  const attributes = {
    'cloud.account.id': accountId,
    'muster.certificate_id': certificateId,
    'network.protocol.name': protocol,
  }
  return trace({ name: 'admission', attributes }, async (tell) => {
    const admission = await work()
    const caCertificateId = admission.action === 'accept' ? admission.certificate.caCertificateId : undefined
    tell({ 'muster.action': admission.action, 'muster.ca_certificate_id': caCertificateId })
    return admission
  })
}

async function measured(
  measure: OnboardingDeps['measureNew'],
  work: () => Promise<Admission>,
): Promise<Admission> {
  const startedAt = performance.now()
  const admission = await work()
  measure?.((performance.now() - startedAt) / 1000)
  return admission
}

/**
 * The path of every reconnect: nothing is parsed, unless its CA has a revocation list, and the journal hears of it
 * from the gateway.
 */
function admitKnown(
  deps: FirstConnectionDeps,
  { presentation, certificate, known }: Presented & { known: DeviceCertificate },
): Admission {
  const { caCertificateId } = known
  const presented = {
    get serialNumber() {
      return (certificate.x509 ?? parseCertificate(certificate.der)).serialNumber
    },
  }
  const decision = judgeKnown(deps, presentation, known, presented)
  if (decision.action !== 'refuse') return { action: 'accept', certificate: known }
  return close(deps, presentation, decision.code, {
    ...describeValidity(known),
    ...(caCertificateId !== undefined && { ca: caCertificateId }),
  })
}

const maxLooks = 3

/** A certificate that nobody has decided about yet, as far as is known. */
async function admitNew(deps: FirstConnectionDeps, presented: Presented): Promise<Admission> {
  const { accountId, certificateId } = presented.presentation
  let { known } = presented
  await turnOfOthers() // the end of its handshake came in this one
  for (let look = 1; ; look++) {
    try {
      return await settle(deps, { ...presented, known })
    } catch (error) {
      if (error instanceof CertificateError) {
        const { recordStranger: record } = deps
        return close({ record }, presented.presentation, 'certificate-malformed', { error: error.reason })
      }
      if (error instanceof DeviceLimitReached) return close(deps, presented.presentation, 'device-limit')
      if (!(error instanceof CertificateChanged) || look === maxLooks) throw error
      known = await findCertificate(deps.store.read, accountId, certificateId)
    }
  }
}

/** @throws {CertificateError} for what is no proper certificate; {@link CertificateChanged}, {@link DeviceLimitReached} */
async function settle(
  deps: FirstConnectionDeps,
  { presentation, certificate, known }: Presented,
): Promise<Admission> {
  if (known && known.status !== 'PENDING_ACTIVATION')
    return admitKnown(deps, { presentation, certificate, known })
  const leaf = parseCertificate(certificate.der, certificate.x509)
  const { decision, issuer, namesake } = await judgeNew(deps, presentation, leaf, known)
  switch (decision.action) {
    case 'provision':
      return provisionJustInTime(deps, {
        presentation,
        leaf,
        known,
        ca: decision.ca,
        parameters: decision.parameters,
      })
    case 'renew':
      return renewDevice(deps, { presentation, leaf, known, ca: decision.ca }, decision.renewal)
    case 'await-approval':
      return awaitApproval(deps, { presentation, leaf, known, ca: decision.ca })
    case 'announce':
      return registerJustInTime(deps, { presentation, leaf, known, ca: decision.ca })
    case 'accept':
      throw new Error('only a registered certificate is accepted as it is')
    case 'refuse':
      return close(issuer ? deps : { record: deps.recordStranger }, presentation, decision.code, {
        subject: describeName(leaf.subject),
        issuer: describeName(leaf.issuer),
        ...describeValidity(leaf),
        ...(issuer && { ca: issuer.certificateId }),
        ...(namesake && { namesake: describeForgery(leaf, namesake.certificateId) }),
        ...decision.details,
      })
  }
}

function describeForgery({ issuer }: ParsedCertificate, caCertificateId: string): string {
  return `CA certificate ${caCertificateId} has the issuer's name ${describeName(issuer)}, but its key did not make this signature`
}

function describeValidity({ notBefore, notAfter }: Pick<ParsedCertificate, 'notBefore' | 'notAfter'>) {
  return { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() }
}
