interface TopicRuleRow {
  account_id: string
  rule_name: string
  /** As the caller wrote it. */
  sql_text: string
  sql_version: '2015-10-08' | '2016-03-23' | 'beta'
  /** The topic filter after FROM; null for a rule of Basic Ingest alone. */
  topic_pattern: string | null
  description: string | null
  /** A JSON array of AWS's Action shapes. */
  actions: string
  /** One Action as JSON. */
  error_action: string | null
  rule_disabled: number
  created_at: number
}

interface TopicRuleDestinationRow {
  account_id: string
  /** UUID. */
  destination_id: string
  confirmation_url: string
  status: 'ENABLED' | 'IN_PROGRESS' | 'DISABLED'
  status_reason: string | null
  /** SHA-256 of the token that confirms it, in hex; null once it was used. */
  token_hash: string | null
  created_at: number
  updated_at: number
}

export interface RulesTables {
  topic_rules: TopicRuleRow
  topic_rule_destinations: TopicRuleDestinationRow
}
