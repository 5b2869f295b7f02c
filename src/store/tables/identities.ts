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
  iam_login_profiles: IamLoginProfileRow
  iam_old_passwords: IamOldPasswordRow
  iam_accounts: IamAccountRow
  iam_mfa_devices: IamMfaDeviceRow
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
  /** When a second factor was proven; null: none was. */
  mfa_at: number | null
}

/** The password of a user. */
export interface IamLoginProfileRow {
  account_id: string
  user_id: string
  /** With its salt and its cost. */
  password_hash: string
  is_reset_required: number
  created_at: number
  changed_at: number
}

/** As many as a password policy can ask for. */
interface IamOldPasswordRow {
  account_id: string
  user_id: string
  /** When it was set. */
  changed_at: number
  password_hash: string
}

/** What an account has set; without a row, nothing. */
interface IamAccountRow {
  account_id: string
  alias: string | null
  /** JSON object in the members of IAM. */
  password_policy: string | null
}

/** Virtual MFA devices. */
export interface IamMfaDeviceRow {
  account_id: string
  name: string
  path: string
  /** Base32, sealed for the device's ARN. */
  seed: string
  created_at: number
  /** Whose it is; null while it is nobody's. */
  user_id: string | null
  enabled_at: number | null
  /** Codes up to this step have been used. */
  used_step: number
  /** How many steps its clock is ahead. */
  drift: number
}
