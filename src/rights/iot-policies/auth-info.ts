/** What TestAuthorization answers for one action on some resources. */
import type { AuthDecision, AuthInfo, AuthResult } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { ArnScope } from '../../lib/arn.ts'
import {
  evaluatePolicies,
  missingValues,
  type CompiledPolicy,
  type Lookup,
} from '../../access/policies/index.ts'
import { policyArn } from './iot-policy.ts'

interface AuthRequest {
  policies: readonly CompiledPolicy[]
  lookup: Lookup
  scope: ArnScope
}

const actions = {
  CONNECT: 'iot:Connect',
  PUBLISH: 'iot:Publish',
  RECEIVE: 'iot:Receive',
  SUBSCRIBE: 'iot:Subscribe',
} as const

/**
 * Allowed when all resources are. Each policy is listed by what it says alone; one that neither allows nor denies
 * everything asked for stands under the implicit denials.
 * @throws {AwsError} `InvalidRequestException` without an action
 */
export function decideAuthInfo(authInfo: AuthInfo, { policies, lookup, scope }: AuthRequest): AuthResult {
  const { actionType, resources = [] } = authInfo
  if (actionType === undefined)
    throw iotError('InvalidRequestException', `actionType must be one of ${Object.keys(actions).join(', ')}`)
  const action = actions[actionType]
  const decide = (some: readonly CompiledPolicy[]): AuthDecision => {
    const effects = resources.map((resource) => evaluatePolicies(some, { action, resource, lookup }).effect)
    if (effects.includes('explicit-deny')) return 'EXPLICIT_DENY'
    return effects.length > 0 && effects.every((effect) => effect === 'allow') ? 'ALLOWED' : 'IMPLICIT_DENY'
  }
  const byDecision = Map.groupBy(policies, (policy) => decide([policy]))
  const listed = (decision: AuthDecision) => ({
    policies: (byDecision.get(decision) ?? []).map(({ name }) => ({
      policyName: name,
      policyArn: policyArn(scope, name),
    })),
  })
  return {
    authInfo,
    allowed: listed('ALLOWED'),
    denied: { implicitDeny: listed('IMPLICIT_DENY'), explicitDeny: listed('EXPLICIT_DENY') },
    authDecision: decide(policies),
    missingContextValues: missingValues(policies, { action, resource: '*', lookup }),
  }
}
