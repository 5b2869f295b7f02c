interface DomainConfigurationRow {
  account_id: string
  domain_configuration_name: string
  /** In lower case. */
  domain_name: string
  domain_type: 'ENDPOINT' | 'AWS_MANAGED' | 'CUSTOMER_MANAGED'
  service_type: 'DATA' | 'CREDENTIAL_PROVIDER' | 'JOBS'
  status: 'ENABLED' | 'DISABLED'
  status_changed_at: number
  /** JSON: a list. */
  server_certificate_arns: string
  validation_certificate_arn: string | null
  /** JSON. */
  settings: string
}

export interface DomainConfigurationsTables {
  domain_configurations: DomainConfigurationRow
}
