/** Who may assume a role: its trust policy (IAM User Guide, "How to use trust policies with IAM roles"). */
import type { Caller } from '../../../api/aws/caller.ts'
import { parseArn } from '../../../lib/arn.ts'
import {
  compilePolicy,
  evaluatePolicies,
  parsePolicyDocument,
  type CompiledPolicy,
  type Lookup,
  type RequestPrincipal,
} from '../../policies/index.ts'
import type { Db } from '../../../store/index.ts'
import { identityIdOf } from '../credentials/callers.ts'
import { findIdentity } from '../entities/identity-store.ts'
import type { Identity } from '../entities/identity.ts'

export interface TrustedRole {
  role: Identity
  trust: CompiledPolicy
}

/** The role with exactly this ARN; `undefined` when there is none. */
export async function findTrustedRole(
  db: Db,
  accountId: string,
  roleArn: string,
): Promise<TrustedRole | undefined> {
  const name = parseArn(roleArn)?.resource.split('/').at(-1)
  if (name === undefined) return undefined
  const role = await findIdentity(db, { accountId, kind: 'role', name })
  if (role?.arn !== roleArn || role.trustPolicy === undefined) return undefined
  const document = parsePolicyDocument(role.trustPolicy, 'trust')
  return { role, trust: compilePolicy(document, `trust policy of ${role.name}`) }
}

/** Whether the trust policy lets an AWS service, e.g. `iot.amazonaws.com`, assume the role. */
export function isServiceTrusted(trusted: TrustedRole, service: string, lookup: Lookup): boolean {
  return isTrusted(trusted, { service }, lookup)
}

/**
 * `self` when the policy names the caller (or its role) itself, which is enough; `account` when it names the
 * account alone, so that the caller's own policies must allow sts:AssumeRole as well; `none` else.
 */
export function decideTrust(
  trusted: TrustedRole,
  { caller, identityArn }: { caller: Caller; identityArn: string | undefined },
  lookup: Lookup,
): 'self' | 'account' | 'none' {
  const { accountId, arn, userId } = caller
  const names = [arn, userId, identityArn, identityIdOf(caller)].filter((name) => name !== undefined)
  if (!isTrusted(trusted, { accountId, arns: names }, lookup)) return 'none'
  // of no account, so that a statement for the whole account does not fit
  const isNamedItself = isTrusted(trusted, { accountId: '', arns: names }, lookup)
  return caller.kind !== 'root' && isNamedItself ? 'self' : 'account'
}

function isTrusted({ role, trust }: TrustedRole, principal: RequestPrincipal, lookup: Lookup): boolean {
  const request = { action: 'sts:AssumeRole', resource: role.arn, principal, lookup }
  return evaluatePolicies([trust], request).effect === 'allow'
}
