/** Policies with an ARN of their own: an account's (customer-managed) and AWS's. */
import { iamArn } from '../../../lib/arn.ts'
import type { IamManagedPolicyRow } from '../../../store/tables/identities.ts'
import type { AwsManagedPolicy } from './aws-managed-policies.ts'

export interface ManagedPolicy {
  owner: 'account' | 'aws'
  arn: string
  policyId: string
  name: string
  path: string
  description: string | undefined
  /** `v<number>` */
  defaultVersionId: string
  createDate: Date
  updateDate: Date
}

export interface PolicyVersion {
  versionId: string
  isDefault: boolean
  createDate: Date
  /** JSON text. */
  document: string
}

export function fromManagedPolicyRow(row: IamManagedPolicyRow): ManagedPolicy {
  return {
    owner: 'account',
    arn: iamArn(row.account_id, `policy${row.path}${row.name}`),
    policyId: row.policy_id,
    name: row.name,
    path: row.path,
    description: row.description ?? undefined,
    defaultVersionId: toVersionId(row.default_version),
    createDate: new Date(row.created_at),
    updateDate: new Date(row.updated_at),
  }
}

export function fromAwsManagedPolicy(policy: AwsManagedPolicy): ManagedPolicy {
  const { arn, policyId, name, path, description, versionId, createDate, updateDate } = policy
  const own = { arn, policyId, name, path, description, createDate, updateDate }
  return { ...own, owner: 'aws', defaultVersionId: versionId }
}

export function toVersionId(version: number): string {
  return `v${version}`
}

/** `undefined` for a text that is not `v<number>`. */
export function fromVersionId(versionId: string): number | undefined {
  const match = /^v([1-9]\d{0,8})(\.|$)/.exec(versionId)
  return match ? Number(match[1]) : undefined
}
