interface RoleAliasRow {
  account_id: string
  role_alias: string
  role_arn: string
  credential_duration_seconds: number
  created_at: number
  modified_at: number
}

export interface RoleAliasesTables {
  role_aliases: RoleAliasRow
}
