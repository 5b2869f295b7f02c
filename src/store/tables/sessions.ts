import type { Generated } from 'kysely'

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
  /** The node of a cluster that has it; empty where one server has the database, and for one that none has. */
  owner_node: Generated<string>
  /** Grows when a node takes it over. */
  epoch: Generated<number>
  /** It has the messages of the log up to this one; null: up to where its owner has read. */
  log_seq: Generated<number | null>
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

/** Messages of QoS 1 and 2 that sessions of a cluster are to have, in the order in which they were committed. */
interface LoggedMessageRow {
  seq: Generated<number>
  account_id: string
  /** JSON, without the payload. */
  message: string
  payload: Uint8Array
  /** JSON: for which shared groups, each with the node whose members are to have it; null for none. */
  shares: Generated<string | null>
}

/** What no member of a shared group of a cluster has yet. */
interface GroupMessageRow {
  account_id: string
  /** `<group>/<filter>` */
  name: string
  /** Its number in the log. */
  seq: number
  /** The node that has given it to a client which has not acknowledged it; empty: it waits. */
  node_name: string
  /** JSON, without the payload. */
  message: string
  payload: Uint8Array
  expires_at: number | null
}

/** How much of it waits. */
interface GroupQueueRow {
  account_id: string
  name: string
  waiting: number
  /** Of payload. */
  bytes: number
}

interface LogPositionRow {
  node_name: string
  /** Its sessions have what is in the log up to this one. */
  log_seq: number
}

/** Numbers of sessions are given out in blocks, one for each start of a node. */
interface SessionBlockRow {
  block: Generated<number>
  node_name: string
}

export interface SessionsTables {
  sessions: SessionRow
  session_subscriptions: SessionSubscriptionRow
  session_messages: SessionMessageRow
  session_receipts: SessionReceiptRow
  shared_queues: SharedQueueRow
  message_log: LoggedMessageRow
  log_positions: LogPositionRow
  group_messages: GroupMessageRow
  group_queues: GroupQueueRow
  session_blocks: SessionBlockRow
}
