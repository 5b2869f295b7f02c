export interface OwnershipTokenRow {
  account_id: string
  /** Of the token, in lower-case hex: the token itself is its device's alone. */
  token_sha256: string
  certificate_id: string
  expires_at: number
  /** When the certificate was provisioned with it. */
  used_at: number | null
}

interface ClaimUsesRow {
  account_id: string
  /** Of the claim. */
  certificate_id: string
  /** Devices that were provisioned with it. */
  uses: number
}

export interface ClaimsTables {
  ownership_tokens: OwnershipTokenRow
  claim_uses: ClaimUsesRow
}
