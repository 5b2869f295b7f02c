import type { Duplex } from 'node:stream'
import type { DeviceRequester } from '../../data-plane/index.ts'
import type { JournalCode, RecordEntry } from '../../journal/index.ts'
import type {
  AdmissionDeps,
  AuthorizerDeps,
  CertificateStatusOf,
  DeviceAuthorization,
} from '../authorization.ts'
import { describeDenial } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import type { RefusalDetails } from '../refuse.ts'

export interface DeviceConnectionDeps {
  region: string
  admit: AdmissionDeps['admit']
  openAuthorization: AuthorizerDeps['open']
  certificateStatus: CertificateStatusOf
  record: RecordEntry
  now: () => Date
  limits: Pick<GatewayLimits, 'maxJournalledDenials'>
}

/** One connection that speaks HTTP. Its certificate is judged once, with the first request. */
export class DeviceConnection {
  readonly peer: Peer
  /** Requests that are not answered yet. */
  waiting = 0
  readonly #stream: Duplex
  readonly #deps: DeviceConnectionDeps
  #admitted: Promise<DeviceAuthorization | undefined> | undefined
  #authorization: DeviceAuthorization | undefined
  /** The certificate was changed while it was being judged. */
  #isStale = false
  #isClosed = false
  #journalled = 0

  constructor(stream: Duplex, peer: Peer, deps: DeviceConnectionDeps) {
    this.#stream = stream
    this.#deps = deps
    this.peer = peer
    stream.once('close', () => {
      this.#isClosed = true
      this.#authorization?.[Symbol.dispose]()
    })
  }

  /** What the device may do; `undefined` when it is not let in, or not any more. */
  async authorization(): Promise<DeviceAuthorization | undefined> {
    const authorization = await (this.#admitted ??= this.#judge())
    return this.#isClosed ? undefined : authorization
  }

  /** `onDenied` hears why something is not allowed. */
  requester(
    authorization: DeviceAuthorization,
    onDenied: (details: RefusalDetails) => void,
  ): DeviceRequester {
    const { accountId, certificateId = '', sourceIp } = this.peer
    return {
      accountId,
      region: this.#deps.region,
      principal: certificateId,
      sourceIp,
      isAllowed(action, resource) {
        const decision = authorization.decide(action, resource)
        if (decision.effect !== 'allow') onDenied(describeDenial({ action, resource }, decision))
        return decision.effect === 'allow'
      },
    }
  }

  record(code: JournalCode, details: RefusalDetails): void {
    if (this.#journalled++ >= this.#deps.limits.maxJournalledDenials) return
    const { accountId, certificateId, sourceIp } = this.peer
    this.#deps.record({
      accountId,
      code,
      at: this.#deps.now(),
      sourceIp,
      ...(certificateId !== undefined && { certificateId }),
      details: { ...details, protocol: 'HTTPS' },
    })
  }

  /** The certificate was changed: one that is not ACTIVE any more loses its connections. */
  async recheck(): Promise<void> {
    this.#isStale = true
    if (!this.#authorization) return // it is being judged, and looked at once more at the end of that
    if ((await this.#isActive()) || this.#isClosed) return
    this.#isClosed = true
    this.#stream.destroy()
  }

  async #judge(): Promise<DeviceAuthorization | undefined> {
    const { accountId, der, x509, sourceIp } = this.peer
    if (!der) return undefined
    const request = { accountId, sourceIp, protocol: 'http' } as const
    const admission = await this.#deps.admit({ ...request, der, ...(x509 && { x509 }) })
    if (admission.action === 'close') return undefined
    const { certificate } = admission
    const authorization = await this.#deps.openAuthorization({ ...request, certificate, clientId: '' })
    while (this.#isStale) {
      this.#isStale = false
      if (!(await this.#isActive())) this.#isClosed = true
    }
    if (this.#isClosed) authorization[Symbol.dispose]()
    else this.#authorization = authorization
    return authorization
  }

  /** Records it when it is not, unless the connection is closed anyway. */
  async #isActive(): Promise<boolean> {
    const { accountId, certificateId = '' } = this.peer
    const status = await this.#deps.certificateStatus(accountId, certificateId)
    if (status === 'ACTIVE') return true
    const code = status === 'REVOKED' ? 'certificate-revoked' : 'certificate-inactive'
    if (!this.#isClosed) this.record(code, { status: status ?? 'deleted' })
    return false
  }
}
