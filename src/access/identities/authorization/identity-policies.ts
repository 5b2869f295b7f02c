/** All policies that decide what one user or role may do, compiled. */
import { compilePolicy, parsePolicyDocument, type CompiledPolicy } from '../../policies/index.ts'
import type { Db } from '../../../store/index.ts'
import { listAttachedPolicyArns } from '../documents/attached-policy-store.ts'
import { listInlinePolicies } from '../documents/inline-policy-store.ts'
import { findDefaultDocument } from '../documents/policy-version-store.ts'
import { findIdentityById } from '../entities/identity-store.ts'
import type { Identity } from '../entities/identity.ts'
import { listGroupsOfUser } from '../entities/member-store.ts'
import { listTags } from '../entities/tag-store.ts'

export interface IdentityPolicies {
  identity: Identity
  /** Values by key in lower case: condition keys disregard case. */
  tags: ReadonlyMap<string, string>
  /** Attached and inline; a user's groups' as well. */
  granted: readonly CompiledPolicy[]
  /** Present when a permissions boundary is set. */
  boundary: readonly CompiledPolicy[] | undefined
}

/** `undefined` when the identity is gone. */
export async function loadIdentityPolicies(
  db: Db,
  accountId: string,
  identityId: string,
): Promise<IdentityPolicies | undefined> {
  const identity = await findIdentityById(db, accountId, identityId)
  if (!identity) return undefined
  const groups = identity.kind === 'user' ? await listGroupsOfUser(db, identity) : []
  const granted: CompiledPolicy[] = []
  for (const holder of [identity, ...groups]) granted.push(...(await loadPoliciesOf(db, holder)))
  const tags = await listTags(db, { accountId, ownerId: identityId })
  return {
    identity,
    tags: new Map(tags.map(({ Key, Value }) => [Key.toLowerCase(), Value])),
    granted,
    boundary: await loadBoundary(db, identity),
  }
}

export function compileIdentityDocument(document: string, name: string): CompiledPolicy {
  return compilePolicy(parsePolicyDocument(document, 'identity'), name)
}

async function loadPoliciesOf(db: Db, holder: Identity): Promise<CompiledPolicy[]> {
  const inline = await listInlinePolicies(db, holder)
  const compiled = inline.map(({ document, policyName }) => compileIdentityDocument(document, policyName))
  for (const arn of await listAttachedPolicyArns(db, holder))
    compiled.push(await loadManagedPolicy(db, holder.accountId, arn))
  return compiled
}

async function loadBoundary(
  db: Db,
  { accountId, boundaryArn }: Identity,
): Promise<readonly CompiledPolicy[] | undefined> {
  return boundaryArn === undefined ? undefined : [await loadManagedPolicy(db, accountId, boundaryArn)]
}

async function loadManagedPolicy(db: Db, accountId: string, arn: string): Promise<CompiledPolicy> {
  const policy = await findDefaultDocument(db, accountId, arn)
  // a missing policy may be one that denies: going on without it would grant too much
  if (!policy) throw new Error(`the policy ${arn} is attached and not there`)
  return compileIdentityDocument(policy.document, policy.name)
}
