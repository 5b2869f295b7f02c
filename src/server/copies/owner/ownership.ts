/**
 * Lets one server at a time write copies to a place. Whoever writes renews its claim; who finds another's waits until
 * that has not been renewed for a while, by its own watch: clocks of machines differ.
 */
import { randomUUID } from 'node:crypto'
import type { Claim, ClaimStore, OtherOwner, StoredClaim } from './claim.ts'
import type { OwnClaims } from './own-claims.ts'

export interface OwnershipTiming {
  /** A claim that was not renewed for so long is a dead server's. */
  leaseMs: number
  /** Before anything is written a claim is renewed that is older. */
  renewMs: number
  /** Between two looks at another's. */
  lookMs: number
  /** After that a claim is looked at again where two may have written one at the same time. */
  settleMs: number
}

export const usualTiming: OwnershipTiming = {
  leaseMs: 90_000,
  renewMs: 20_000,
  lookMs: 10_000,
  settleMs: 3000,
}

/** Another server writes there. */
export class OwnershipLost extends Error {
  override readonly name = 'OwnershipLost'
}

export interface OwnershipOptions {
  claims: ClaimStore
  own: OwnClaims
  host: string
  version: string
  timing: OwnershipTiming
  /** Waits; throws when there is no time left. */
  pause: (ms: number) => Promise<void>
  /** Milliseconds that go on whatever the clock is set to. */
  elapsed: () => number
  /** Epoch milliseconds. */
  now: () => number
}

interface Held {
  tag: string
  nonce: string
  since: string
  /** When that was begun to be written, by either clock: `elapsed` may stand still while a machine sleeps. */
  elapsedAt: number
  at: number
}

/** Of what is somebody else's: since when it has been the same. */
interface Watched {
  tag: string
  since: number
  /** It was seen before its server stopped, so that may be about to start again. */
  wasAlive: boolean
}

export class Ownership {
  readonly #options: OwnershipOptions
  #held: Held | undefined
  #renewing: Promise<void> | undefined
  /** Of the last renewal. */
  #failure: unknown

  constructor(options: OwnershipOptions) {
    this.#options = options
  }

  /** Resolves once this server is the one that writes, with whose the place was. `onWaiting` is told of a living other, at each look. */
  async take(onWaiting: (other: OtherOwner) => void): Promise<OtherOwner | undefined> {
    const { claims, timing, pause } = this.#options
    let watched: Watched | undefined
    for (;;) {
      const stored = await claims.read()
      if (stored) watched = this.#watch(stored, watched)
      if (stored && watched && !this.#isFree(stored, watched)) {
        onWaiting(this.#describe(stored))
        await pause(timing.lookMs)
        continue
      }
      const own = this.#findOwn(stored)
      if (await this.#write(stored, own)) return stored && !own ? this.#describe(stored) : undefined
      await pause(timing.settleMs)
    }
  }

  /** Resolves while this server may write for some while yet. @throws {OwnershipLost} */
  async hold(): Promise<void> {
    if (this.#ageMs() < this.#options.timing.renewMs) return
    await this.renew()
    if (this.#ageMs() < this.#options.timing.leaseMs / 2) return
    throw new Error('the claim to the place for copies could not be renewed in time')
  }

  /** Asks the place, whatever is known. @throws {OwnershipLost} */
  async renew(): Promise<void> {
    await (this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined)))
  }

  /** Another server need not wait. Whatever fails: it waits then. */
  async release(): Promise<void> {
    const held = this.#held
    if (!held) return
    this.#held = undefined
    const releasedAt = this.#timestamp()
    await this.#options.claims.replace({ ...this.#claim(held), releasedAt }, held.tag).catch(() => undefined)
  }

  #watch({ tag, claim }: StoredClaim, before: Watched | undefined): Watched {
    if (before?.tag === tag) return before
    const isAlive = claim?.releasedAt === undefined
    return { tag, since: this.#options.elapsed(), wasAlive: isAlive || before?.wasAlive === true }
  }

  #findOwn(stored: StoredClaim | undefined): Claim | undefined {
    return stored?.claim && this.#options.own.isLast(stored.claim) ? stored.claim : undefined
  }

  #isFree(stored: StoredClaim, { since, wasAlive }: Watched): boolean {
    const { elapsed, timing } = this.#options
    if (this.#findOwn(stored)) return true
    return !wasAlive || elapsed() - since >= timing.leaseMs
  }

  /** Resolves with whether it is this server's now. */
  async #write(stored: StoredClaim | undefined, own: Claim | undefined): Promise<boolean> {
    const { claims, timing, pause } = this.#options
    const next = await this.#begin(this.#timestamp(), own?.nonce)
    const tag = await (stored
      ? claims.replace(this.#claim(next), stored.tag)
      : claims.create(this.#claim(next)))
    const { create, replace } = claims.isToBeConfirmed
    if (tag !== undefined && (stored ? replace && !own : create)) await pause(timing.settleMs)
    else if (tag !== undefined) {
      this.#held = { ...next, tag }
      return true
    }
    return this.#confirm(next)
  }

  /** A write that was said to have failed may have happened, and one that was said to have happened may have been written over. */
  async #confirm(next: Omit<Held, 'tag'>): Promise<boolean> {
    const stored = await this.#options.claims.read()
    const isThere = stored?.claim?.nonce === next.nonce
    if (isThere) this.#held = { ...next, tag: stored.tag }
    return isThere
  }

  async #renew(): Promise<void> {
    const held = this.#held
    if (!held) throw this.#failure ?? new OwnershipLost('the place for copies is not held')
    this.#held = undefined // should this fail, nobody knows what is there
    try {
      await this.#writeInPlaceOf(held)
    } catch (error) {
      this.#failure = error // whoever asks beside or later hears why
      throw error
    }
  }

  async #writeInPlaceOf(held: Held): Promise<void> {
    const next = await this.#begin(held.since, held.nonce)
    const tag = await this.#options.claims.replace(this.#claim(next), held.tag)
    if (tag !== undefined) this.#held = { ...next, tag }
    else if (!(await this.#confirm(next))) throw new OwnershipLost('another server writes its copies there')
  }

  async #begin(since: string, before: string | undefined): Promise<Omit<Held, 'tag'>> {
    const { own, elapsed, now } = this.#options
    const nonce = randomUUID()
    await own.expect(nonce, before)
    return { nonce, since, elapsedAt: elapsed(), at: now() }
  }

  #claim({ nonce, since }: Pick<Held, 'nonce' | 'since'>): Claim {
    const { own, host, version } = this.#options
    return { owner: own.owner, nonce, host, since, renewedAt: this.#timestamp(), version }
  }

  #ageMs(): number {
    const { elapsed, now } = this.#options
    return this.#held ? Math.max(elapsed() - this.#held.elapsedAt, now() - this.#held.at) : Infinity
  }

  #describe({ claim }: StoredClaim): OtherOwner {
    const { owner = '', host = 'unknown', since = '', renewedAt = '' } = claim ?? {}
    return { owner, host, since, renewedAt, isOfCopy: owner === this.#options.own.owner }
  }

  #timestamp(): string {
    return new Date(this.#options.now()).toISOString()
  }
}
