interface ConsoleSessionRow {
  account_id: string
  /** Of the cookie's value, in lower-case hex. */
  token_sha256: string
  /** What the list of sessions names it by; worth nothing as a cookie. */
  session_id: string
  /** Whose session it is: an access key's, */
  access_key_id: string | null
  /** or a user's who gave a password, the one of that time. */
  user_id: string | null
  password_changed_at: number | null
  /** When a second factor was proven. */
  mfa_at: number | null
  source_ip: string
  user_agent: string
  created_at: number
  used_at: number
  expires_at: number
}

interface ConsolePassRow {
  account_id: string
  /** Of a proof's signature or a link's token, in lower-case hex. */
  pass_sha256: string
  access_key_id: string
  is_spent: number
  expires_at: number
}

export interface ConsoleTables {
  console_sessions: ConsoleSessionRow
  console_passes: ConsolePassRow
}
