/** Carries a provisioning plan out: the thing, its policies, and what ties them to the certificate. */
import { AwsError } from '../../api/aws/errors.ts'
import type { DeviceCertificate } from '../../pki/certificates/index.ts'
import { attachPolicy, createPolicy } from '../../rights/iot-policies/index.ts'
import type { Db } from '../../store/index.ts'
import type { CertificatePlan, PolicyPlan, ThingPlan } from '../templates/index.ts'
import { addThingToGroup } from '../../registry/thing-groups/index.ts'
import {
  attachThingPrincipal,
  createThing,
  findThing,
  getThing,
  type Thing,
} from '../../registry/things/index.ts'
import { namesOf } from './apart.ts'
import { applyThingOverrides } from './override-thing.ts'
import {
  ProvisioningError,
  checkSteps,
  findForbidden,
  inStep,
  overrideSteps,
  requiredSteps,
  type Authorize,
  type ProvisioningRun,
  type Step,
} from './steps.ts'

/** What exists now. */
export interface Provisioned {
  certificate?: DeviceCertificate
  thing?: { thingName: string; isNew: boolean }
  policyNames: readonly string[]
}

export interface PlanRequest extends Omit<ProvisioningRun, 'forbidden'> {
  /** Absent when the plan has none. */
  certificateArn: string | undefined
  /** Permissions that are needed before all others. */
  firstSteps?: readonly Step[]
}

interface CarryOutDeps {
  /** Does the work in a transaction: that is kept, or that is only tried. `apart` as of `Store.transact`. */
  transact: (work: (db: Db) => Promise<Provisioned>, apart: readonly string[]) => Promise<Provisioned>
  authorize: Authorize
}

/**
 * All of the plan or nothing of it, in the name of the one that `authorize` asks about.
 * @throws {ProvisioningError} naming the step
 */
export async function carryOut(
  { transact, authorize }: CarryOutDeps,
  request: PlanRequest,
): Promise<Provisioned> {
  return transact(await prepareRun(authorize, request), namesOfRun(request))
}

/** As of `Store.transact`. */
export const namesOfRun = ({
  accountId,
  plan,
  certificateArn,
}: Pick<PlanRequest, 'accountId' | 'plan' | 'certificateArn'>): string[] =>
  namesOf(accountId, {
    certificateId: certificateArn?.split('/').at(-1),
    thingName: plan.thing?.thingName,
  })

/**
 * Asks for all that the plan needs; resolves with what carries it out in a transaction.
 * @throws {ProvisioningError} naming the step that is not allowed, as what is resolved with does for one that fails
 */
export async function prepareRun(
  authorize: Authorize,
  { certificateArn, firstSteps = [], ...run }: PlanRequest,
): Promise<(db: Db) => Promise<Provisioned>> {
  await checkSteps([...firstSteps, ...requiredSteps(run.plan, run, certificateArn)], authorize)
  const forbidden = await findForbidden(overrideSteps(run.plan, run), authorize)
  return (db) => carryOutSteps(db, { ...run, forbidden })
}

async function carryOutSteps(db: Db, run: ProvisioningRun): Promise<Provisioned> {
  const { plan } = run
  const certificate = plan.certificate && (await settle(db, run, plan.certificate))
  const thing = plan.thing && (await settleThing(db, run, plan.thing))
  if (certificate) {
    for (const policy of plan.policies) await grant(db, run, policy, certificate.certificateArn)
    if (thing) await attachThing(db, run, certificate.certificateArn)
  }
  return {
    ...(certificate && { certificate }),
    ...(thing && { thing }),
    policyNames: plan.policies.map(({ policyName }) => policyName),
  }
}

function settle(db: Db, run: ProvisioningRun, certificate: CertificatePlan): Promise<DeviceCertificate> {
  const step = { place: `Resources.${certificate.logicalId}`, action: 'iot:UpdateCertificate' }
  return inStep(step, () => run.settleCertificate(db, certificate))
}

async function settleThing(db: Db, run: ProvisioningRun, plan: ThingPlan) {
  const { thingName, thingGroups } = plan
  const place = `Resources.${plan.logicalId}`
  // groups matter only for a thing that is new, which createThing does not tell
  const known = thingGroups.length > 0 ? await findThing(db, run.accountId, thingName) : undefined
  const step = { place, action: 'iot:CreateThing' }
  const created = known ? undefined : await inStep(step, () => createUnlessDifferent(db, run, plan))
  if (!created) {
    const existing = known ?? (await getThing(db, run.accountId, thingName))
    await applyThingOverrides(db, run, plan, existing)
    return { thingName, isNew: false }
  }
  for (const thingGroupName of thingGroups) {
    await inStep({ place, action: 'iot:AddThingToThingGroup' }, () =>
      addThingToGroup(db, { accountId: run.accountId, thingName, thingGroupName }),
    )
  }
  return { thingName, isNew: true }
}

/** Undefined when a thing of that name exists and differs. */
async function createUnlessDifferent(
  db: Db,
  run: ProvisioningRun,
  plan: ThingPlan,
): Promise<Thing | undefined> {
  const { thingName, thingTypeName, billingGroupName, attributes } = plan
  const { accountId, now } = run
  try {
    return await createThing(db, { accountId, thingName, thingTypeName, billingGroupName, attributes, now })
  } catch (error) {
    if (hasCode(error, 'ResourceAlreadyExistsException')) return undefined
    throw error
  }
}

/** Attaches the policy, and makes it first if it comes with its document and is not there. */
async function grant(db: Db, run: ProvisioningRun, policy: PolicyPlan, target: string): Promise<void> {
  const { accountId, now } = run
  const { logicalId, policyName, policyDocument } = policy
  const place = `Resources.${logicalId}`
  const attach = () => attachPolicy(db, { accountId, policyName, target })
  try {
    await inStep({ place, action: 'iot:AttachPolicy' }, attach)
  } catch (error) {
    if (policyDocument === undefined || !hasCode(error, 'ResourceNotFoundException')) throw error
    await inStep({ place, action: 'iot:CreatePolicy' }, () =>
      createPolicy(db, { accountId, policyName, policyDocument, now }),
    )
    await inStep({ place, action: 'iot:AttachPolicy' }, attach)
  }
}

function attachThing(db: Db, run: ProvisioningRun, principal: string): Promise<void> {
  const { thing, certificate } = run.plan
  if (!thing || !certificate) return Promise.resolve()
  const { thingPrincipalType } = certificate
  return inStep({ place: `Resources.${thing.logicalId}`, action: 'iot:AttachThingPrincipal' }, () =>
    attachThingPrincipal(db, {
      accountId: run.accountId,
      thingName: thing.thingName,
      principal,
      ...(thingPrincipalType && { thingPrincipalType }),
    }),
  )
}

function hasCode(error: unknown, code: string): boolean {
  return (error instanceof AwsError || error instanceof ProvisioningError) && error.code === code
}
