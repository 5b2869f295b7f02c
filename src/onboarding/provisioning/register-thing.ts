/** Carries out a template that a caller brings along, in the caller's own name. */
import { AwsError, iotError } from '../../api/aws/errors.ts'
import type { CallContext } from '../../api/aws/operations.ts'
import {
  activateCertificate,
  checkNotInTransfer,
  checkDeviceCertificate,
  findCertificate,
  getCertificate,
  getIssuer,
  registerCertificate,
  type DeviceCertificate,
  type Issuer,
} from '../../pki/certificates/index.ts'
import { type Change, commitChanges, type Fabric } from '../../fabric/in-process/index.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { CertificateError, parseCertificate, type ParsedCertificate } from '../../lib/x509.ts'
import type { Db, Store } from '../../store/index.ts'
import {
  TemplateError,
  planProvisioning,
  type CertificatePlan,
  type ParameterValues,
  type ParseTemplate,
  type ProvisioningPlan,
} from '../templates/index.ts'
import { thingArn } from '../../registry/things/index.ts'
import { namesOfRun, prepareRun, type Provisioned } from './provisioning.ts'
import { ProvisioningError, policyArn, type Authorize, type Step } from './steps.ts'

export interface RegisterThingDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  issuer: Pick<Issuer, 'issueFromCsr'>
  now: () => Date
  parseTemplate: ParseTemplate
}

export interface RegisterThingResult {
  certificatePem?: string
  /** ARNs by the template's own logical ids. */
  resourceArns: Record<string, string>
}

/** Where it is done, and in whose name. */
export type RegistrationScope = Pick<CallContext, 'accountId' | 'region' | 'authorize'>

/** What is asked for, and allowed, but not done yet. */
export interface Registration {
  /** Names of what it is about, as of `Store.transact`. */
  apart: readonly string[]
  /** All of the template or nothing of it. @throws {ProvisioningError} naming the step */
  carryOut: (db: Db) => Promise<Provisioned>
  describe: (provisioned: Provisioned) => RegisterThingResult
}

/**
 * All of the template or nothing of it.
 * @throws {AwsError} `InvalidRequestException` for the template or a value, `AccessDeniedException` for a step that the
 * caller may not do, `ResourceRegistrationFailureException` for one that could not be done
 */
export async function registerThing(
  deps: RegisterThingDeps,
  templateBody: string,
  parameters: ParameterValues,
  scope: RegistrationScope,
): Promise<RegisterThingResult> {
  try {
    const registration = await prepareRegistration(deps, { templateBody, parameters }, scope)
    const { carryOut, describe, apart } = registration
    return describe(await commitChanges(deps, (done) => changesOf(scope.accountId, done), carryOut, apart))
  } catch (cause) {
    throw toCallerError(cause)
  }
}

/** @throws what `toCallerError` tells from faults of ours */
export async function prepareRegistration(
  deps: Omit<RegisterThingDeps, 'fabric'>,
  { templateBody, parameters }: { templateBody: string; parameters: ParameterValues },
  scope: RegistrationScope,
): Promise<Registration> {
  const plan = planProvisioning(deps.parseTemplate(templateBody, 'REGISTER_THING'), parameters)
  const presented = await readCertificate(deps, plan.certificate, scope)
  const { accountId, region } = scope
  const now = deps.now()
  const settling = { scope, presented, now }
  const authorize: Authorize = (...step) => scope.authorize(...step)
  const certificateArn = presented && iotArn(scope, `cert/${presented.certificateId}`)
  const carryOut = await prepareRun(authorize, {
    accountId,
    region,
    plan,
    certificateArn,
    firstSteps: certificateSteps(plan),
    now,
    settleCertificate: (db: Db, certificate: CertificatePlan) => settleCertificate(db, certificate, settling),
  })
  return {
    apart: namesOfRun({ accountId, plan, certificateArn }),
    carryOut,
    describe: (provisioned) => describeResult(plan, provisioned, scope),
  }
}

interface Presented {
  certificateId: string
  /** Absent when the template names an id. */
  certificate?: ParsedCertificate
}

/** Reads or issues the certificate before the transaction, which may wait for nothing but its queries. */
async function readCertificate(
  { issuer, store, now }: Omit<RegisterThingDeps, 'fabric'>,
  plan: CertificatePlan | undefined,
  scope: RegistrationScope,
): Promise<Presented | undefined> {
  if (!plan) return undefined
  switch (plan.source.kind) {
    case 'id':
      return { certificateId: plan.source.certificateId }
    case 'pem': {
      const certificate = parseCertificate(plan.source.certificatePem)
      const { certificateId } = certificate
      const known = await findCertificate(store.read, scope.accountId, certificateId)
      if (!known) checkDeviceCertificate(certificate) // one that is registered has been judged
      const { notAfter } = certificate
      if (now() > notAfter) throw new CertificateError(`expired on ${notAfter.toISOString()}`)
      return { certificateId, certificate }
    }
    case 'csr': {
      await scope.authorize('iot:CreateCertificateFromCsr', '*')
      const certificate = await issuer.issueFromCsr(plan.source.certificateSigningRequest, now())
      return { certificateId: certificate.certificateId, certificate }
    }
  }
}

function certificateSteps({ certificate }: ProvisioningPlan): Step[] {
  if (certificate?.source.kind !== 'pem') return []
  return [
    { action: 'iot:RegisterCertificate', resources: ['*'], place: `Resources.${certificate.logicalId}` },
  ]
}

interface Settling {
  scope: ArnScope
  presented: Presented | undefined
  now: Date
}

async function settleCertificate(
  db: Db,
  { source, status, statusOverride }: CertificatePlan,
  { scope, presented, now }: Settling,
): Promise<DeviceCertificate> {
  const { accountId, region } = scope
  const { certificateId = '', certificate } = presented ?? {}
  if (certificate && !(await findCertificate(db, accountId, certificateId))) {
    const isOwn = source.kind === 'csr'
    const caPem = source.kind === 'pem' ? source.caCertificatePem : undefined
    const ca = isOwn ? undefined : await getIssuer(db, accountId, certificate, caPem)
    return registerCertificate(db, { accountId, region, certificate, status, ca, now })
  }
  const existing = await getCertificate(db, accountId, certificateId)
  checkNotInTransfer(existing)
  if (existing.status === status) return existing
  if (statusOverride === 'DO_NOTHING' && existing.status !== 'PENDING_ACTIVATION') return existing
  if (statusOverride === 'FAIL') {
    throw iotError(
      'ConflictingResourceUpdateException',
      `certificate ${certificateId} is ${existing.status}, and OverrideSettings.Status is FAIL (ResourceConflictsException)`,
    )
  }
  return activateCertificate(db, { accountId, certificateId, status, now })
}

/** What caches must hear of. */
export function changesOf(accountId: string, { certificate, thing }: Provisioned): Change[] {
  const changes: Change[] = []
  if (certificate) changes.push({ accountId, kind: 'certificate', id: certificate.certificateId })
  if (thing) changes.push({ accountId, kind: 'thing', id: thing.thingName })
  return changes
}

function describeResult(
  plan: ProvisioningPlan,
  { certificate }: Provisioned,
  scope: ArnScope,
): RegisterThingResult {
  const arns = plan.policies.map(({ logicalId, policyName }) => [logicalId, policyArn(scope, policyName)])
  if (plan.thing) arns.push([plan.thing.logicalId, thingArn(scope, plan.thing.thingName)])
  if (certificate && plan.certificate) arns.push([plan.certificate.logicalId, certificate.certificateArn])
  return {
    ...(certificate && { certificatePem: certificate.certificatePem }),
    resourceArns: Object.fromEntries(arns) as Record<string, string>,
  }
}

/** The codes that RegisterThing has of its own; every other refusal of a step becomes its general one. */
const ownCodes = new Set([
  'InvalidRequestException',
  'AccessDeniedException',
  'ConflictingResourceUpdateException',
])

/** The `AwsError` that tells a caller; faults of ours as they are. */
export function toCallerError(cause: unknown): unknown {
  if (cause instanceof TemplateError) return iotError('InvalidRequestException', cause.message)
  if (cause instanceof CertificateError) return iotError('InvalidRequestException', cause.message)
  if (!(cause instanceof ProvisioningError)) return cause
  if (cause.cause instanceof AwsError && ownCodes.has(cause.code)) return cause.cause
  const step = cause.action === undefined ? cause.place : `${cause.action} for ${cause.place}`
  return iotError('ResourceRegistrationFailureException', `${step} failed: ${cause.code}: ${cause.message}`)
}
