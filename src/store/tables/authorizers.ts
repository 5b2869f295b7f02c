interface AuthorizerRow {
  account_id: string
  authorizer_name: string
  function_arn: string
  token_key_name: string | null
  /** JSON: PEM by name. */
  token_signing_public_keys: string
  status: 'ACTIVE' | 'INACTIVE'
  signing_disabled: number
  caching_for_http: number
  created_at: number
  modified_at: number
}

interface DefaultAuthorizerRow {
  account_id: string
  authorizer_name: string
}

export interface AuthorizersTables {
  authorizers: AuthorizerRow
  default_authorizers: DefaultAuthorizerRow
}
