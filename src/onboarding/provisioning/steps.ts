/** What carrying out a plan asks of the one in whose name it runs, and how a failed step is told. */
import { AwsError } from '../../api/aws/errors.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Db } from '../../store/index.ts'
import { CertificateError } from '../../lib/x509.ts'
import {
  TemplateError,
  type CertificatePlan,
  type PolicyPlan,
  type ProvisioningPlan,
  type ThingPlan,
} from '../templates/index.ts'
import { thingArn } from '../../registry/things/index.ts'

/** One permission, and the resource of the template that needs it. */
export interface Step {
  action: string
  resources: readonly string[]
  /** Values of condition keys. */
  conditions?: Record<string, string>
  /** `Resources.<logical id>` */
  place: string
}

/** @throws {AwsError} `AccessDeniedException` when the one in whose name the plan runs may not do it */
export type Authorize = (
  action: string,
  resource: string,
  conditions?: Record<string, string>,
) => MaybePromise<void>

/** A step that could not be done, in the words of the error that stopped it. */
export class ProvisioningError extends Error {
  override readonly name = 'ProvisioningError'
  /** Place in the template. */
  readonly place: string
  /** `iot:CreateThing`, ...; absent when no step was begun. */
  readonly action: string | undefined
  /** AWS error code. */
  readonly code: string
  override readonly cause: AwsError | TemplateError

  constructor(cause: AwsError | TemplateError, place: string, action?: string) {
    super(cause.message)
    this.cause = cause
    this.place = place
    this.action = action
    this.code = cause instanceof AwsError ? cause.code : 'InvalidRequestException'
  }
}

/** `place` is that of what is nobody else's. Undefined for what is nobody's mistake but ours. */
export function toProvisioningError(cause: unknown, place: string): ProvisioningError | undefined {
  if (cause instanceof ProvisioningError) return cause
  if (cause instanceof TemplateError) return new ProvisioningError(cause, cause.place)
  if (cause instanceof AwsError) return new ProvisioningError(cause, place)
  if (!(cause instanceof CertificateError)) return undefined
  return new ProvisioningError(new TemplateError('certificate', cause.reason), 'certificate')
}

/**
 * The template must be about the device's own certificate, whatever its functions make of the id.
 * @throws {TemplateError}
 */
export function checkCertificate(certificate: CertificatePlan | undefined, certificateId: string): void {
  if (certificate?.source.kind === 'id' && certificate.source.certificateId === certificateId) return
  const place = `Resources.${certificate?.logicalId ?? ''}.Properties.CertificateId`
  throw new TemplateError(place, 'is not the id of the certificate that the device presents')
}

/**
 * Runs one step.
 * @throws {ProvisioningError} for what the step refuses; anything else as it is
 */
export async function inStep<Value>(
  { place, action }: Pick<Step, 'place' | 'action'>,
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw toStepError(cause, { place, action })
  }
}

const toStepError = (cause: unknown, { place, action }: Pick<Step, 'place' | 'action'>): unknown =>
  cause instanceof AwsError ? new ProvisioningError(cause, place, action) : cause

/** One carrying out of a plan. */
export interface ProvisioningRun extends ArnScope {
  plan: ProvisioningPlan
  now: Date
  /** Steps that OverrideSettings may ask for and that are not allowed, by action. */
  forbidden: ReadonlyMap<string, ProvisioningError>
  /** Finds or registers the plan's certificate and gives it its status. */
  settleCertificate: (db: Db, plan: CertificatePlan) => Promise<DeviceCertificate>
}

/** The permissions that every run of the plan needs, in the order of its steps. */
export function requiredSteps(plan: ProvisioningPlan, scope: ArnScope, certificateArn?: string): Step[] {
  const { thing, certificate } = plan
  const steps = thing ? thingSteps(thing, scope) : []
  if (!certificate || certificateArn === undefined) return steps
  for (const policy of plan.policies) steps.push(...policySteps(policy, scope, certificateArn))
  if (thing) {
    steps.push({
      action: 'iot:AttachThingPrincipal',
      resources: [certificateArn],
      conditions: { 'iot:thingArn': thingArn(scope, thing.thingName) },
      place: `Resources.${thing.logicalId}`,
    })
  }
  const place = `Resources.${certificate.logicalId}`
  steps.push({ action: 'iot:UpdateCertificate', resources: [certificateArn], place })
  return steps
}

function thingSteps(thing: ThingPlan, scope: ArnScope): Step[] {
  const place = `Resources.${thing.logicalId}`
  const arn = thingArn(scope, thing.thingName)
  const steps: Step[] = [{ action: 'iot:CreateThing', resources: [arn], place }]
  if (thing.billingGroupName !== undefined) {
    const group = iotArn(scope, `billinggroup/${thing.billingGroupName}`)
    steps.push({ action: 'iot:AddThingToBillingGroup', resources: [group, arn], place })
  }
  for (const name of thing.thingGroups) {
    const group = iotArn(scope, `thinggroup/${name}`)
    steps.push({ action: 'iot:AddThingToThingGroup', resources: [group, arn], place })
  }
  return steps
}

function policySteps(policy: PolicyPlan, scope: ArnScope, certificateArn: string): Step[] {
  const place = `Resources.${policy.logicalId}`
  const attach = { action: 'iot:AttachPolicy', resources: [certificateArn], place }
  if (policy.policyDocument === undefined) return [attach]
  // assumed: asked for even when an identical policy is there already
  return [{ action: 'iot:CreatePolicy', resources: [policyArn(scope, policy.policyName)], place }, attach]
}

export const policyArn = (scope: ArnScope, policyName: string) => iotArn(scope, `policy/${policyName}`)

/** The permissions that are needed when the thing exists and OverrideSettings ask for changes. */
export function overrideSteps({ thing }: ProvisioningPlan, scope: ArnScope): Step[] {
  if (!thing) return []
  const place = `Resources.${thing.logicalId}`
  const resources = [thingArn(scope, thing.thingName)]
  const { attributes, thingTypeName, thingGroups } = thing.overrides
  const isChange = (action: string) => action === 'REPLACE' || action === 'MERGE'
  const steps: Step[] = []
  if (isChange(attributes) || isChange(thingTypeName))
    steps.push({ action: 'iot:UpdateThing', resources, place })
  if (thingGroups === 'REPLACE') steps.push({ action: 'iot:RemoveThingFromThingGroup', resources, place })
  return steps
}

/** @throws {ProvisioningError} for the first step that is not allowed */
export async function checkSteps(steps: readonly Step[], authorize: Authorize): Promise<void> {
  for (const step of steps) {
    for (const resource of step.resources) {
      try {
        const asked = authorize(step.action, resource, step.conditions)
        if (asked) await asked
      } catch (cause) {
        throw toStepError(cause, step)
      }
    }
  }
}

/** The steps that are not allowed, by action. */
export async function findForbidden(
  steps: readonly Step[],
  authorize: Authorize,
): Promise<ReadonlyMap<string, ProvisioningError>> {
  const forbidden = new Map<string, ProvisioningError>()
  for (const step of steps) {
    try {
      await checkSteps([step], authorize)
    } catch (error) {
      if (!(error instanceof ProvisioningError)) throw error
      forbidden.set(step.action, error) // thrown if the step turns out to be needed
    }
  }
  return forbidden
}
