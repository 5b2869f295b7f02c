/** What the provisioning role must be allowed, and whether it is. */
import { AwsError } from '../../api/aws/errors.ts'
import type { Identities } from '../../access/identities/index.ts'
import { iotArn, type ArnScope } from '../../lib/arn.ts'
import { overrideSteps, requiredSteps, type Step } from '../provisioning/index.ts'
import { openProvisioningRole } from '../provisioning-templates/index.ts'
import type { ProvisioningPlan } from '../templates/index.ts'
import type { RoleFacts, StepReport } from './report.ts'

interface Asked extends ArnScope {
  plan: ProvisioningPlan
  certificateId: string
  roleArn: string | undefined
  /** Of the CA, for the trust policy. */
  sourceArn: string
}

type RoleDeps = Pick<Identities, 'assumeServiceRole' | 'openAuthorize'>

/** Every step with every resource, allowed or not: a connection stops at the first that is not. */
export async function describeSteps(
  identities: RoleDeps,
  { plan, certificateId, roleArn, sourceArn, ...scope }: Asked,
): Promise<{ role: RoleFacts; steps: StepReport[] }> {
  const needed = requiredSteps(plan, scope, iotArn(scope, `cert/${certificateId}`))
  const role = await openRole(identities, { accountId: scope.accountId, roleArn, sourceArn })
  const steps = [
    ...needed.flatMap((step) => judge(step, role.check, false)),
    ...overrideSteps(plan, scope).flatMap((step) => judge(step, role.check, true)),
  ]
  return { role: role.facts, steps }
}

type Check = (step: Step, resource: string) => string | undefined

async function openRole(
  identities: RoleDeps,
  { accountId, roleArn, sourceArn }: { accountId: string; roleArn: string | undefined; sourceArn: string },
): Promise<{ facts: RoleFacts; check?: Check }> {
  if (roleArn === undefined) return { facts: {} }
  try {
    const authorize = await openProvisioningRole(identities, { accountId, roleArn, sourceArn })
    const check: Check = ({ action, conditions }, resource) =>
      reasonOf(() => authorize(action, resource, conditions))
    return { facts: { roleArn }, check }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { facts: { roleArn, fault: error.message } }
  }
}

function reasonOf(ask: () => void): string | undefined {
  try {
    ask()
    return undefined
  } catch (error) {
    if (error instanceof AwsError) return error.message
    throw error
  }
}

function judge(step: Step, check: Check | undefined, isForExisting: boolean): StepReport[] {
  const { action, resources, place } = step
  return resources.map((resource) => {
    if (!check) return { action, resource, place, isForExisting }
    const reason = check(step, resource)
    const isAllowed = reason === undefined
    return { action, resource, place, isAllowed, isForExisting, ...(!isAllowed && { reason }) }
  })
}
