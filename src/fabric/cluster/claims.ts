/** One connection a client id, on all nodes: who connects claims it, and whoever had it elsewhere is closed. */
import type { Claim } from './frames/index.ts'

export interface Claims {
  /** The number of the claim, to compare with those of others. */
  claim: (accountId: string, clientId: string) => number
  /** Hears of claims at other nodes; `isLaterThan` tells whether they count more than an own one. */
  onClaimed: (
    listener: (claim: Pick<Claim, 'accountId' | 'clientId'>, isLaterThan: (own: number) => boolean) => void,
  ) => void
}

type Listener = Parameters<Claims['onClaimed']>[0]

/** Numbers follow each other over all nodes, as far as they have heard (a Lamport clock); no clock of a machine counts. */
export class ClaimNumbers implements Claims {
  readonly #nodeName: string
  readonly #send: (claim: Claim) => void
  readonly #listeners: Listener[] = []
  #last = 0

  constructor(nodeName: string, send: (claim: Claim) => void) {
    this.#nodeName = nodeName
    this.#send = send
  }

  claim = (accountId: string, clientId: string): number => {
    const number = ++this.#last
    this.#send({ accountId, clientId, number, nodeName: this.#nodeName })
    return number
  }

  onClaimed = (listener: Listener): void => void this.#listeners.push(listener)

  hear(claim: Claim): void {
    this.#last = Math.max(this.#last, claim.number)
    const isLaterThan = (own: number) =>
      claim.number > own || (claim.number === own && claim.nodeName > this.#nodeName)
    for (const listener of this.#listeners) listener(claim, isLaterThan)
  }
}
