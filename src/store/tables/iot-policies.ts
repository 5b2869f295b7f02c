interface IotPolicyRow {
  account_id: string
  policy_name: string
  /** The version that counts. */
  default_version: number
  /** The highest version number ever given out; numbers are not used again. */
  last_version: number
  /** UUID, another one after each change. */
  generation_id: string
  created_at: number
  modified_at: number
}

interface IotPolicyVersionRow {
  account_id: string
  policy_name: string
  version: number
  /** JSON text as it came. */
  document: string
  /** UUID. */
  generation_id: string
  created_at: number
}

interface IotPolicyAttachmentRow {
  account_id: string
  /** ARN of a certificate or a thing group. */
  target: string
  policy_name: string
}

export interface IotPoliciesTables {
  iot_policies: IotPolicyRow
  iot_policy_versions: IotPolicyVersionRow
  iot_policy_attachments: IotPolicyAttachmentRow
}
