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
  return (await loadDocumentsOf(db, holder)).map(({ document, name }) =>
    compileIdentityDocument(document, name),
  )
}

async function loadBoundary(db: Db, identity: Identity): Promise<readonly CompiledPolicy[] | undefined> {
  const boundary = await loadBoundaryDocument(db, identity)
  return boundary && [compileIdentityDocument(boundary.document, boundary.name)]
}

export interface HeldDocument {
  /** Of the policy. */
  name: string
  /** JSON text. */
  document: string
  isInline: boolean
}

/** Inline and attached policies of a user, group, or role itself. */
export async function loadDocumentsOf(db: Db, holder: Identity): Promise<HeldDocument[]> {
  const documents: HeldDocument[] = []
  for (const { policyName, document } of await listInlinePolicies(db, holder))
    documents.push({ name: policyName, document, isInline: true })
  for (const arn of await listAttachedPolicyArns(db, holder))
    documents.push(await loadManagedDocument(db, holder.accountId, arn))
  return documents
}

/** `undefined` when no boundary is set. */
export async function loadBoundaryDocument(
  db: Db,
  { accountId, boundaryArn }: Identity,
): Promise<HeldDocument | undefined> {
  return boundaryArn === undefined ? undefined : await loadManagedDocument(db, accountId, boundaryArn)
}

async function loadManagedDocument(db: Db, accountId: string, arn: string): Promise<HeldDocument> {
  const policy = await findDefaultDocument(db, accountId, arn)
  // a missing policy may be one that denies: going on without it would grant too much
  if (!policy) throw new Error(`the policy ${arn} is attached and not there`)
  return { ...policy, isInline: false }
}
