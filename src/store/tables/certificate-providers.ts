export interface CertificateProviderRow {
  account_id: string
  provider_name: string
  function_arn: string
  created_at: number
  modified_at: number
}

export interface CertificateProvidersTables {
  certificate_providers: CertificateProviderRow
}
