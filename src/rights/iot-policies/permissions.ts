import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { policyArn } from './iot-policy.ts'

const onPolicy = ({ policyName }: { policyName: string }, scope: ArnScope) => ({
  resources: [policyArn(scope, policyName)],
})
const onTarget = ({ target }: { target: string }) => ({ resources: [target] })
const onPrincipal = ({ principal }: { principal?: string | undefined }) => ({ resources: [principal ?? '*'] })
const onEverything = () => ({ resources: ['*'] })

export const iotPoliciesPermissions = {
  CreatePolicy: onPolicy,
  GetPolicy: onPolicy,
  DeletePolicy: onPolicy,
  ListPolicies: onEverything,
  CreatePolicyVersion: onPolicy,
  GetPolicyVersion: onPolicy,
  ListPolicyVersions: onPolicy,
  SetDefaultPolicyVersion: onPolicy,
  DeletePolicyVersion: onPolicy,
  AttachPolicy: onTarget,
  DetachPolicy: onTarget,
  ListAttachedPolicies: onTarget,
  ListTargetsForPolicy: onPolicy,
  AttachPrincipalPolicy: onPrincipal,
  DetachPrincipalPolicy: onPrincipal,
  ListPrincipalPolicies: onPrincipal,
  ListPolicyPrincipals: onPolicy,
  GetEffectivePolicies: onPrincipal,
  TestAuthorization: onPrincipal,
} satisfies Partial<Permissions<typeof Iot>>
