export interface IdentitiesTables {
  iam_identities: IamIdentityRow
  iam_group_members: IamGroupMemberRow
  iam_inline_policies: IamInlinePolicyRow
  iam_attached_policies: IamAttachedPolicyRow
  iam_managed_policies: IamManagedPolicyRow
  iam_managed_policy_versions: IamManagedPolicyVersionRow
  iam_tags: IamTagRow
  iam_access_keys: IamAccessKeyRow
  iam_sessions: IamSessionRow
}

/** Users, groups, and roles: what policies can be put on. */
export interface IamIdentityRow {
  account_id: string
  /** `AIDA...`, `AGPA...`, or `AROA...`; never used again, unlike the name. */
  identity_id: string
  kind: 'user' | 'group' | 'role'
  name: string
  /** The name in lower case: names that differ in case alone collide. */
  name_key: string
  path: string
  created_at: number
  /** ARN of the managed policy that bounds what a user or role may be granted. */
  boundary_arn: string | null
  description: string | null
  /** Roles: JSON text of who may assume it. */
  trust_policy: string | null
  /** Roles: the longest session, in seconds. */
  max_session_seconds: number | null
}

interface IamGroupMemberRow {
  account_id: string
  group_id: string
  user_id: string
}

interface IamInlinePolicyRow {
  account_id: string
  identity_id: string
  policy_name: string
  document: string
}

interface IamAttachedPolicyRow {
  account_id: string
  identity_id: string
  policy_arn: string
}

/** Customer-managed policies; the ones of AWS are data in the source. */
export interface IamManagedPolicyRow {
  account_id: string
  /** `ANPA...` */
  policy_id: string
  name: string
  name_key: string
  path: string
  description: string | null
  /** The number in `v<number>`. */
  default_version: number
  /** Version numbers are never used again. */
  next_version: number
  created_at: number
  updated_at: number
}

export interface IamManagedPolicyVersionRow {
  account_id: string
  policy_id: string
  version: number
  document: string
  created_at: number
}

interface IamTagRow {
  account_id: string
  /** The identity's or managed policy's unique id. */
  owner_id: string
  tag_key: string
  tag_value: string
}

export interface IamAccessKeyRow {
  account_id: string
  /** `AKIA...`, unique over all accounts: requests are told apart by it. */
  access_key_id: string
  /** Null for the account's root. */
  user_id: string | null
  /** Sealed for `access_key_id`. */
  secret_access_key: string
  status: 'Active' | 'Inactive'
  created_at: number
}

/** Temporary credentials of AssumeRole and GetSessionToken. */
interface IamSessionRow {
  account_id: string
  /** `ASIA...` */
  access_key_id: string
  /** The role or user; null for the account's root. */
  identity_id: string | null
  /** Roles only. */
  session_name: string | null
  /** Sealed for `access_key_id`. */
  secret_access_key: string
  /** 64 hex digits; the token itself is not kept. */
  token_sha256: string
  /** JSON text of the policy that narrows the session. */
  session_policy: string | null
  /** JSON object of what policies may ask of the session, by condition key. */
  session_context: string | null
  expires_at: number
}
