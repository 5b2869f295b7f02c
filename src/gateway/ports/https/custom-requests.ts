/**
 * Requests of one connection that custom authorizers judge: each by itself, or by what was answered a moment ago where
 * the authorizer lets answers be kept. Source: AWS IoT API Reference, "CreateAuthorizer", enableCachingForHttp.
 */
import { hash, randomUUID } from 'node:crypto'
import type {
  CustomAuthDeps,
  CustomAuthRefusal,
  CustomIdentity,
  DeviceAuthorization,
  PresentedCredentials,
} from '../authorization.ts'
import { authenticatePeer } from '../custom-auth.ts'
import type { Peer } from '../mqtt/client.ts'

type PresentedHttp = NonNullable<PresentedCredentials['http']>

/** Who asks, until it is disposed of. */
export interface CustomRequester extends Disposable {
  authorizerName: string
  principalId: string
  authorization: DeviceAuthorization
}

interface Kept extends CustomRequester {
  key: string
  /** Epoch milliseconds. */
  until: number
}

interface CustomRequestsDeps {
  customAuth: CustomAuthDeps
  now: () => Date
}

export class CustomRequests implements Disposable {
  readonly #peer: Peer
  readonly #deps: CustomRequestsDeps
  #kept: Kept | undefined
  /** Epoch milliseconds; by the first answer, as for MQTT. */
  #endsAt = Number.POSITIVE_INFINITY

  constructor(peer: Peer, deps: CustomRequestsDeps) {
    this.#peer = peer
    this.#deps = deps
  }

  async authenticate(http: PresentedHttp): Promise<CustomRequester | CustomAuthRefusal> {
    const at = this.#deps.now().getTime()
    if (at >= this.#endsAt)
      return { code: 'authorizer-expired', details: { error: 'the connection was open for long enough' } }
    const key = keyOf(http)
    const kept = this.#kept
    if (kept && kept.key === key && at < kept.until) return { ...kept, [Symbol.dispose]: () => {} }
    const connectionId = (this.#peer.connectionId ??= randomUUID())
    const peer = { ...this.#peer, connectionId } // another request may be another's
    const outcome = await authenticatePeer(this.#deps.customAuth, peer, { http })
    if (outcome.action === 'refuse') return outcome
    if (this.#endsAt === Number.POSITIVE_INFINITY) this.#endsAt = at + outcome.disconnectAfterInSeconds * 1000
    const requester = this.#open(outcome)
    if (outcome.cacheSeconds === 0) return requester
    this.#keep({ ...requester, key, until: at + outcome.cacheSeconds * 1000 })
    return { ...requester, [Symbol.dispose]: () => {} }
  }

  [Symbol.dispose](): void {
    this.#kept?.[Symbol.dispose]()
    this.#kept = undefined
  }

  #open({ authorizerName, principalId, open }: CustomIdentity): CustomRequester {
    const { sourceIp, domainName } = this.#peer
    const authorization = open({ protocol: 'http', sourceIp, domainName })
    return {
      authorizerName,
      principalId,
      authorization,
      [Symbol.dispose]: () => authorization[Symbol.dispose](),
    }
  }

  /** The last one alone: a connection is one client's, or a proxy's, whose clients take turns. */
  #keep(kept: Kept): void {
    this[Symbol.dispose]()
    this.#kept = kept
    kept.authorization.onLost?.(() => {
      if (this.#kept === kept) this[Symbol.dispose]()
    })
  }
}

/** What a request says of its message, and not of who sends it. */
const ofTheMessage =
  /^(content-length|content-type|content-encoding|transfer-encoding|expect|date|x-amz-mqtt5-[a-z-]+)$/i
const ofTheQuery = /^(qos|retain|contentType|responseTopic|messageExpiry)=/

/** The same for requests that differ in their messages alone: a function may look at everything else. */
function keyOf({ headers, queryString }: PresentedHttp): string {
  const shown = headers.filter(([name]) => !ofTheMessage.test(name))
  const asked = queryString.split('&').filter((pair) => !ofTheQuery.test(pair))
  return hash('sha256', JSON.stringify([shown, asked]))
}
