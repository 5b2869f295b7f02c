import type { Caller } from '../../../api/aws/caller.ts'
import { stsError } from '../../../api/aws/errors.ts'
import type { Identity } from '../entities/identity.ts'
import type { Authorizer } from './authorizer.ts'
import type { Conditions } from './caller-conditions.ts'
import { decideTrust, type TrustedRole } from './trust.ts'

export interface AssumeRequest {
  roleArn: string
  /** `sts:ExternalId`, `sts:RoleSessionName`, and what else the request tells. */
  conditions: Conditions
}

/**
 * A trust policy that names the caller itself is enough; one that names its account needs the caller's own policies
 * to allow sts:AssumeRole too, and so does a role of another account, whatever it names. A denial on either side counts, and so do session policy and boundary.
 * Root may assume a role that trusts its account (AWS refuses root), since its key is what an operator has at first.
 * @throws {AwsError} `AccessDenied`
 */
export async function checkMayAssume(
  authorizer: Authorizer,
  found: TrustedRole | undefined,
  caller: Caller,
  { roleArn, conditions }: AssumeRequest,
): Promise<Identity> {
  const request = { action: 'sts:AssumeRole', resource: roleArn, conditions }
  const { layer, decision } = await authorizer.decide(caller, request)
  const { lookup, identityArn } = await authorizer.describeCaller(caller, conditions)
  const trust = found ? decideTrust(found, { caller, identityArn }, lookup) : 'none'
  const isOnlyUngranted = decision.effect === 'implicit-deny' && layer === 'identity-based policy'
  const isOfOwnAccount = found?.role.accountId === caller.accountId
  const isAllowed = decision.effect === 'allow' || (isOfOwnAccount && trust === 'self' && isOnlyUngranted)
  if (found && trust !== 'none' && isAllowed) return found.role
  throw stsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  )
}
