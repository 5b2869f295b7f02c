import { InFlight } from '../../lib/in-flight.ts'
import { Rate } from '../../lib/rate.ts'
import type { ClaimLimits } from './claim-limits.ts'
import { refusals } from './claim-refusal.ts'
import type { ClaimRequest } from './claim-topics.ts'
import type { Requester } from './requester.ts'

/** Of one connection: bounds what it makes the server keep. */
const maxInFlight = 10

const limitOf = {
  CreateKeysAndCertificate: 'maxKeysByClaimPerSecond',
  CreateCertificateFromCsr: 'maxCsrsByClaimPerSecond',
  RegisterThing: 'maxThingsByClaimPerSecond',
} as const satisfies Record<ClaimRequest['operation'], keyof ClaimLimits>

/** How fast, and how much at once, devices may ask. */
export class Paces {
  readonly #limits: ClaimLimits
  readonly #now: () => Date
  readonly #inFlight = new InFlight()
  readonly #rates = new Map<string, Rate>()

  constructor(limits: ClaimLimits, now: () => Date) {
    this.#limits = limits
    this.#now = now
  }

  /** Until the returned one is disposed of. @throws {ClaimRefusal} for what is too much */
  begin({ accountId, clientId = '' }: Requester, operation: ClaimRequest['operation']): Disposable {
    const connection = `${accountId}/${clientId}`
    if (this.#inFlight.count(connection) >= maxInFlight)
      throw refusals.tooMany(`the connection has ${maxInFlight} requests under way`)
    const perSecond = this.#limits[limitOf[operation]]
    if (perSecond > 0 && !this.#rateOf(`${accountId}/${operation}`, perSecond).take(this.#now().getTime()))
      throw refusals.tooMany(`${operation} over MQTT more than ${perSecond} times a second`)
    return this.#inFlight.begin(connection)
  }

  #rateOf(key: string, perSecond: number): Rate {
    let rate = this.#rates.get(key)
    if (!rate) this.#rates.set(key, (rate = new Rate(perSecond, this.#now().getTime())))
    return rate
  }
}
