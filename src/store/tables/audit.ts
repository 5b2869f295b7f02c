/** Who writes into the record of API calls, and how far it is: see `src/observability/audit/chain.ts`. */
interface AuditChainRow {
  account_id: string
  /** The node that writes it; empty for a server by itself. */
  chain: string
  /** Of the oldest entry that is kept, and the hash of the one before it. */
  anchor_seq: number
  anchor: string
  /** Of the entry that comes next, and the hash of the one before it. */
  next_seq: number
  head: string
  /** Entries with lower numbers are in whole blocks that are found by their keys. */
  packed_seq: number
  /** Of lines and hashes that are kept. */
  bytes: number
  /** Of the entries that waited in a file, those up to this number are in the chain. */
  taken: number
}

/** Entries that were written one after the other. */
interface AuditBlockRow {
  account_id: string
  chain: string
  first_seq: number
  entries: number
  newest_at: number
  /** 32 bytes for each entry. */
  hashes: Uint8Array
  /** A JSON object for each entry, with a newline behind it. */
  lines: string
}

/** In which whole blocks a value stands. */
interface AuditKeyRow {
  account_id: string
  fingerprint: number
  chain: string
  first_seq: number
}

export interface AuditTables {
  audit_chains: AuditChainRow
  audit_blocks: AuditBlockRow
  audit_keys: AuditKeyRow
}
