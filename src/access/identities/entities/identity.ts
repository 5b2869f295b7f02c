/** Users, groups, and roles: what IAM puts policies on. */
import { iamArn } from '../../../lib/arn.ts'
import type { IamIdentityRow } from '../../../store/tables/identities.ts'

export type IdentityKind = 'user' | 'group' | 'role'

export interface Identity {
  accountId: string
  /** `AIDA...`, `AGPA...`, or `AROA...`; outlives a change of name and is never used again. */
  identityId: string
  kind: IdentityKind
  name: string
  /** Begins and ends with a slash. */
  path: string
  arn: string
  createDate: Date
  boundaryArn: string | undefined
  description: string | undefined
  /** JSON text; roles only. */
  trustPolicy: string | undefined
  /** Roles only. */
  maxSessionSeconds: number | undefined
}

export function toIdentity(row: IamIdentityRow): Identity {
  return {
    accountId: row.account_id,
    identityId: row.identity_id,
    kind: row.kind,
    name: row.name,
    path: row.path,
    arn: iamArn(row.account_id, `${row.kind}${row.path}${row.name}`),
    createDate: new Date(row.created_at),
    boundaryArn: row.boundary_arn ?? undefined,
    description: row.description ?? undefined,
    trustPolicy: row.trust_policy ?? undefined,
    maxSessionSeconds: row.max_session_seconds ?? undefined,
  }
}

/** Names that differ in case alone collide (IAM User Guide, "IAM and AWS STS quotas"). */
export function toNameKey(name: string): string {
  return name.toLowerCase()
}
