/** One connection a client id, also where other nodes have ports of their own. */
export interface ClientClaims {
  /** Lets others close whoever has the client id there; gives a number that orders claims. */
  claim: (accountId: string, clientId: string) => number
  /** Hears what was claimed elsewhere. */
  onClaimed: (listener: (claim: ClaimedId, isLaterThan: (own: number) => boolean) => void) => void
}

interface ClaimedId {
  accountId: string
  clientId: string
}
