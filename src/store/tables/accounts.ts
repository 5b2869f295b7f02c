interface AccountRow {
  account_id: string
  name: string
  /** As it was given; unique in lower case, which is how it is kept. */
  email: string
  /** The first label of the name of its endpoint. */
  endpoint_prefix: string
  /** Of the CreateAccount that made it: `car-` and 32 hex digits. */
  request_id: string
  created_at: number
  closed_at: number | null
}

export interface AccountsTables {
  accounts: AccountRow
}
