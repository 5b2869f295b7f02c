interface SessionRow {
  account_id: string
  client_id: string
  /** Never used again: what a session left behind cannot become another's. */
  session_id: number
  /** 4 is MQTT 3.1.1. */
  protocol_version: 4 | 5
  expiry_seconds: number
  /** 1 also after a crash, for those that were connected then. */
  is_connected: 0 | 1
  /** Null while it is connected. */
  expires_at: number | null
  /** JSON of the will's message without its payload; null without a will. */
  will: string | null
  will_payload: Uint8Array | null
  will_delay_seconds: number
  /** When the will is due; null while the client is connected. */
  will_at: number | null
}

interface SessionSubscriptionRow {
  account_id: string
  session_id: number
  filter: string
  qos: 0 | 1 | 2
  no_local: 0 | 1
  retain_as_published: 0 | 1
  identifier: number | null
}

interface SessionMessageRow {
  account_id: string
  session_id: number
  /** Its order, and by it the packet id. */
  seq: number
  topic: string
  payload: Uint8Array
  qos: 1 | 2
  retain: 0 | 1
  /** JSON; null without any. */
  properties: string | null
  /** JSON; null without any. */
  identifiers: string | null
  expires_at: number | null
  state: 'waiting' | 'sent' | 'released'
}

/** Incoming QoS 2 packets that their client has not released. */
interface SessionReceiptRow {
  account_id: string
  session_id: number
  packet_id: number
}

/** What waits for any member of a shared subscription: its messages are in `session_messages`. */
interface SharedQueueRow {
  account_id: string
  /** `<group>/<filter>` */
  name: string
  session_id: number
}

export interface SessionsTables {
  sessions: SessionRow
  session_subscriptions: SessionSubscriptionRow
  session_messages: SessionMessageRow
  session_receipts: SessionReceiptRow
  shared_queues: SharedQueueRow
}
