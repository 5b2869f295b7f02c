import type { Duplex } from 'node:stream'
import type { JournalCode, RecordEntry } from '../../../observability/journal/index.ts'
import type {
  AdmissionDeps,
  AuthorizerDeps,
  CustomAuthDeps,
  CustomAuthRefusal,
  CertificateStatusOf,
  DeviceAuthorization,
  PresentedCredentials,
  RevocationDeps,
} from '../authorization.ts'
import { describeDenial } from '../denial.ts'
import { questionOf } from '../custom-auth.ts'
import { isRevoked } from '../is-revoked.ts'
import type { GatewayLimits } from '../limits.ts'
import type { Peer } from '../mqtt/client.ts'
import type { RefusalDetails } from '../refuse.ts'
import { proofOf } from '../tls/domain-rules.ts'
import { CustomRequests, type CustomRequester } from './custom-requests.ts'
import type { PathRequester } from './device-path.ts'

export interface DeviceConnectionDeps {
  region: string
  admit: AdmissionDeps['admit']
  openAuthorization: AuthorizerDeps['open']
  /** Those who know custom authorizers. */
  customAuth?: CustomAuthDeps | undefined
  certificateStatus: CertificateStatusOf
  revocations?: RevocationDeps | undefined
  record: RecordEntry
  /** Of those who have not been let in. */
  recordStranger: RecordEntry
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
  /** The registered CA that signed the certificate; known once it was let in. */
  #caCertificateId: string | undefined
  /** The certificate was changed while it was being judged. */
  #isStale = false
  #isClosed = false
  #journalled = 0
  readonly #custom: CustomRequests | undefined

  constructor(stream: Duplex, peer: Peer, deps: DeviceConnectionDeps) {
    this.#stream = stream
    this.#deps = deps
    this.peer = peer
    const { customAuth, now } = deps
    this.#custom = customAuth && new CustomRequests(peer, { customAuth, now })
    stream.once('close', () => {
      this.#isClosed = true
      this.#authorization?.[Symbol.dispose]()
      this.#custom?.[Symbol.dispose]()
    })
  }

  /** What the device may do; `undefined` when it is not let in, or not any more. */
  async authorization(): Promise<DeviceAuthorization | undefined> {
    const authorization = await (this.#admitted ??= this.#judge())
    return this.#isClosed ? undefined : authorization
  }

  /** Whether the request is for a custom authorizer, as its domain says, or by what it shows in place of a certificate. */
  isForAuthorizer(http: NonNullable<PresentedCredentials['http']>): boolean {
    const { customAuth } = this.#deps
    const proof = proofOf(this.peer)
    if (!customAuth || proof === 'certificate' || proof === 'signature') return false
    if (proof === 'certificate-and-authorizer' && !this.peer.certificate) return false
    const { authenticationType = 'DEFAULT' } = this.peer.domain ?? {}
    return (
      authenticationType !== 'DEFAULT' || customAuth.meaningOf(questionOf(this.peer, { http })) !== undefined
    )
  }

  /** Asks the authorizer, or the answer that it lets be kept. */
  async authenticate(
    http: NonNullable<PresentedCredentials['http']>,
  ): Promise<CustomRequester | CustomAuthRefusal> {
    if (this.#custom) return await this.#custom.authenticate(http)
    return { code: 'authorizer-not-found', details: { error: 'nobody knows custom authorizers' } }
  }

  /** `onDenied` hears why something is not allowed. */
  requester(authorization: DeviceAuthorization, onDenied: (details: RefusalDetails) => void): PathRequester {
    const { accountId, certificateId = '', sourceIp } = this.peer
    return {
      decide: authorization.decide.bind(authorization),
      accountId,
      region: this.#deps.region,
      principal: certificateId,
      sourceIp,
      isAllowed(action, resource, conditions) {
        const decision = authorization.decide(action, resource, conditions)
        if (decision.effect !== 'allow') onDenied(describeDenial({ action, resource }, decision))
        return decision.effect === 'allow'
      },
    }
  }

  record(code: JournalCode, details: RefusalDetails): void {
    if (this.#journalled++ >= this.#deps.limits.maxJournalledDenials) return
    const { accountId, certificateId, sourceIp } = this.peer
    const record = this.#authorization ? this.#deps.record : this.#deps.recordStranger
    record({
      accountId,
      code,
      at: this.#deps.now(),
      sourceIp,
      ...(certificateId !== undefined && { certificateId }),
      details: { ...details, protocol: 'HTTPS' },
    })
  }

  /** False when the CA's revocation list cannot concern it. */
  isSignedBy(caCertificateId: string): boolean {
    return !this.#authorization || this.#caCertificateId === caCertificateId
  }

  /** The certificate was changed, or may be revoked: one that is not ACTIVE any more loses its connections. */
  async recheck(): Promise<void> {
    this.#isStale = true
    if (!this.#authorization) return // it is being judged, and looked at once more at the end of that
    if ((await this.#isActive()) || this.#isClosed) return
    this.#isClosed = true
    this.#stream.destroy()
  }

  async #judge(): Promise<DeviceAuthorization | undefined> {
    const { accountId, certificate: presented, sourceIp, domainName } = this.peer
    if (!presented) return undefined
    const request = { accountId, sourceIp, protocol: 'http' } as const
    const admission = await this.#deps.admit({ ...request, certificate: presented })
    if (admission.action === 'close') return undefined
    const { certificate } = admission
    this.#caCertificateId = certificate.caCertificateId
    const domain = domainName === undefined ? {} : { domainName }
    const device = { ...request, ...domain, certificate, clientId: '' }
    const authorization = await this.#deps.openAuthorization(device)
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
    if (status === 'ACTIVE' && !(await this.#isRevoked())) return true
    if (!this.#isClosed) this.record(lossOf(status), { status: status ?? 'deleted' })
    return false
  }

  #isRevoked(): Promise<boolean> {
    return isRevoked(this.#deps.revocations, this.peer, this.#caCertificateId)
  }
}

function lossOf(status: string | undefined): JournalCode {
  if (status === 'ACTIVE') return 'revoked-by-crl'
  return status === 'REVOKED' ? 'certificate-revoked' : 'certificate-inactive'
}
