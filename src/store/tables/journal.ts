interface JournalRow {
  account_id: string
  /** Microseconds since the epoch, made unique: sorts by time. */
  entry_id: number
  code: string
  certificate_id: string | null
  ca_certificate_id: string | null
  client_id: string | null
  thing_name: string | null
  source_ip: string | null
  /** A JSON object. */
  details: string
}

export interface JournalTables {
  journal: JournalRow
}
