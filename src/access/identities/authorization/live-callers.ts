import { enforcementPieceMs, inPieces } from '../../../lib/turn-of-others.ts'
import type { Credential } from '../credentials/credential-store.ts'
import type { Authorizer } from './authorizer.ts'
import {
  LiveCaller,
  type CallerAuthorization,
  type CallerFacts,
  type LiveCallerRequest,
} from './live-caller.ts'

interface LiveCallersDeps {
  authorizer: Authorizer
  /** From memory, as `authorizer` answers, until something is changed. */
  findCredential: (accessKeyId: string) => Promise<Credential | undefined>
  now: () => Date
}

/**
 * All open connections of IAM identities. When `refresh` resolves, each decides by what was committed before the
 * refresh began.
 */
export class LiveCallers {
  readonly #deps: LiveCallersDeps
  readonly #live = new Set<LiveCaller>()
  /** Grows with each change, so that what was read before it is read again. */
  #changes = 0
  #refreshed: Promise<void> = Promise.resolve()

  constructor(deps: LiveCallersDeps) {
    this.#deps = deps
  }

  async open(request: LiveCallerRequest): Promise<CallerAuthorization> {
    const facts = await this.#load(request)
    const { authorizer, now } = this.#deps
    const live = new LiveCaller(request, facts, { authorizer, now, close: () => this.#live.delete(live) })
    this.#live.add(live)
    return live
  }

  /** The caches have forgotten what was changed. */
  refresh(): Promise<void> {
    this.#changes++
    // one after the other, so that what was read first is never put over what was read later
    const refresh = this.#refreshed.then(() => this.#refreshAll())
    this.#refreshed = refresh.catch(() => {}) // the announcement reports it
    return refresh
  }

  async #refreshAll(): Promise<void> {
    const pause = inPieces(enforcementPieceMs)
    const renewals: Promise<void>[] = []
    for (const live of this.#live) {
      const renewal = this.#renew(live)
      renewal.catch(() => {}) // it is heard below
      renewals.push(renewal)
      await pause()
    }
    await Promise.all(renewals)
  }

  /** Whose policies cannot be read any more is allowed nothing. */
  async #renew(live: LiveCaller): Promise<void> {
    try {
      await live.replace(await this.#load(live.request))
    } catch (cause) {
      await live.replace({ policies: undefined, isCredentialActive: false })
      throw cause
    }
  }

  async #load({
    caller,
    accessKeyId,
  }: Pick<LiveCallerRequest, 'caller' | 'accessKeyId'>): Promise<CallerFacts> {
    for (;;) {
      const changes = this.#changes
      const facts = {
        policies: await this.#deps.authorizer.findPolicies(caller),
        isCredentialActive: await this.#isActive(accessKeyId),
      }
      if (changes === this.#changes) return facts
    }
  }

  /** Temporary credentials are never taken back one by one: they end with their role, or in time. */
  async #isActive(accessKeyId: string | undefined): Promise<boolean> {
    if (accessKeyId === undefined || accessKeyId.startsWith('ASIA')) return true
    return (await this.#deps.findCredential(accessKeyId))?.status === 'Active'
  }
}
