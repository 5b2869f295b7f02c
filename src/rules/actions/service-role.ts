import { AwsError } from '../../api/aws/errors.ts'
import type { Caller } from '../../api/aws/caller.ts'
import { describeDecision } from '../../access/policies/index.ts'
import { ActionFailure } from './action-failure.ts'
import type { ActionDeps, RuleIdentity } from './action.ts'

/** Roles are taken by AWS IoT itself. */
export const iotService = 'iot.amazonaws.com'

/** An action and the ARN that it concerns. */
export type Grant = readonly [action: string, resource: string]

/**
 * Holds what an action is about to do against the policies of its role, as AWS does when it acts under the role.
 * @throws {ActionFailure} when the role is missing, does not trust AWS IoT, or does not allow all of it
 */
export async function checkRoleAllows(
  { identities }: Pick<ActionDeps, 'identities'>,
  { rule, roleArn }: { rule: RuleIdentity; roleArn: string },
  grants: readonly Grant[],
): Promise<void> {
  const caller = await assumeRole(identities, rule, roleArn)
  for (const [action, resource] of grants) {
    const request = { action, resource }
    const decision = await identities.decide(caller, request)
    if (decision.effect === 'allow') continue
    throw new ActionFailure(`the role ${roleArn} may not: ${describeDecision(decision, request)}`)
  }
}

async function assumeRole(
  identities: ActionDeps['identities'],
  { accountId, ruleName, ruleArn }: RuleIdentity,
  roleArn: string,
): Promise<Caller> {
  const sessionName = ruleName.slice(0, 64)
  try {
    return await identities.assumeServiceRole({
      accountId,
      roleArn,
      service: iotService,
      sessionName,
      sourceArn: ruleArn,
    })
  } catch (cause) {
    if (cause instanceof AwsError) throw new ActionFailure(cause.message, { cause })
    throw cause
  }
}
