interface RetainedMessageRow {
  account_id: string
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  /** JSON; null without any. */
  properties: string | null
  modified_at: number
  /** Null when it is kept until it is replaced. */
  expires_at: number | null
}

export interface MessagesTables {
  retained_messages: RetainedMessageRow
}
