interface ProvisioningTemplateRow {
  account_id: string
  template_name: string
  description: string
  type: 'FLEET_PROVISIONING' | 'JITP'
  /** 0 or 1; null when the caller did not say. */
  enabled: number | null
  provisioning_role_arn: string
  hook_payload_version: string | null
  hook_target_arn: string | null
  default_version_id: number
  /** The highest version id ever given out: ids are not used twice. */
  last_version_id: number
  created_at: number
  modified_at: number
}

interface ProvisioningTemplateVersionRow {
  account_id: string
  template_name: string
  version_id: number
  template_body: string
  created_at: number
}

export interface ProvisioningTables {
  provisioning_templates: ProvisioningTemplateRow
  provisioning_template_versions: ProvisioningTemplateVersionRow
}
