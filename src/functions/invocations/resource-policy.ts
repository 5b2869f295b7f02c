/** What a function's resource-based policy allows (Lambda Developer Guide, "Granting other AWS entities access"). */
import {
  lookupIn,
  compilePolicy,
  evaluatePolicies,
  parsePolicyDocument,
} from '../../access/policies/index.ts'
import type { PermissionStatement } from '../registry/permission-store.ts'

export interface ServiceRequest {
  /** E.g. `iot.amazonaws.com`. */
  service: string
  /** The resource on whose behalf, e.g. a rule's ARN. */
  sourceArn: string
  sourceAccount: string
}

const action = 'lambda:InvokeFunction'

/**
 * `statements` are those of the function, version, or alias that is invoked: their Resource is what they were added to.
 */
export function mayInvoke(
  statements: readonly PermissionStatement[],
  { service, sourceArn, sourceAccount }: ServiceRequest,
): boolean {
  if (statements.length === 0) return false
  const withoutResource = statements.map(({ Resource: _resource, ...statement }) => statement)
  const text = JSON.stringify({ Version: '2012-10-17', Statement: withoutResource })
  const policy = compilePolicy(parsePolicyDocument(text, 'trust'), 'resource-based policy')
  const lookup = lookupIn({
    'aws:SourceArn': sourceArn,
    'aws:SourceAccount': sourceAccount,
    'aws:PrincipalServiceName': service,
  })
  const request = { action, resource: '*', principal: { service }, lookup }
  return evaluatePolicies([policy], request).effect === 'allow'
}
