/**
 * Provisioning by claim: devices that share a certificate ask over MQTT for one of their own, and then to be made a thing.
 * Sources: AWS IoT Developer Guide, "Provisioning devices that don't have device certificates using fleet
 * provisioning", "Device provisioning MQTT API".
 */
import { encodeCbor } from '../../lib/cbor.ts'
import { sweepEachMinute } from '../../lib/sweep.ts'
import { untraced, type Trace } from '../../lib/trace.ts'
import type { Message } from '../../fabric/in-process/index.ts'
import { isCertificateId } from '../../lib/x509.ts'
import { findCertificate } from '../../pki/certificates/index.ts'
import { createTemplateCache } from '../templates/index.ts'
import { checkClaim } from './claim-bounds.ts'
import { defaultClaimLimits, type ClaimLimits } from './claim-limits.ts'
import { ClaimRefusal, refusals } from './claim-refusal.ts'
import { parseRequestTopic, requestFilters, type ClaimRequest, type PayloadFormat } from './claim-topics.ts'
import { sweepEndedClaims, sweepExpired, type ExpiryDeps } from './expiry.ts'
import { issueFromCsr, issueWithKeys, type IssueDeps } from './issue.ts'
import { Paces } from './paces.ts'
import { provision, type ProvisionDeps } from './provision.ts'
import { entryOf, type Requester } from './requester.ts'
import { readDocument } from './request-document.ts'

/** The way back to the connection that a request came from, and to nobody else. */
interface Reply {
  /** Whether it has subscribed to the topic and may receive from it. */
  hears: (topic: string) => boolean
  send: (topic: string, payload: Uint8Array) => void
}

type Made = 'parseTemplate' | 'hookTimeoutMs'

export interface ClaimsDeps extends Omit<ProvisionDeps, Made>, Omit<IssueDeps, 'store' | Made>, ExpiryDeps {
  /** Requests go to this service alone. */
  messages: {
    serve: (filter: string, receive: (message: Message) => Promise<void> | undefined) => Disposable
  }
  /** Asked in the turn in which the request comes. */
  sessions: { replyTo: (accountId: string, clientId: string) => Reply | undefined }
  limits?: Partial<ClaimLimits>
  hookTimeoutMs?: number
  /** Absent: nobody is told what requests lead to. */
  trace?: Trace | undefined
}

/** AWS IoT Developer Guide, "Pre-provisioning hooks". */
const defaultHookTimeoutMs = 5000

/** Listens until it is disposed of. */
export function offerClaims(deps: ClaimsDeps): Disposable {
  using stack = new DisposableStack()
  const service = new ClaimService(deps)
  for (const filter of requestFilters)
    stack.use(deps.messages.serve(filter, (message) => service.receive(message)))
  const ended = 'certificates of provisioning by claim that ended could not be deleted'
  stack.use(
    sweepEachMinute(
      () => Promise.all([sweepExpired(deps), sweepEndedClaims(deps)]),
      (error) => deps.log.error({ err: error }, ended),
    ),
  )
  return stack.move()
}

/** One request on its way to its answer. */
interface Asked {
  message: Message
  asked: ClaimRequest
  format: PayloadFormat | undefined
  reply: Reply | undefined
  requester: Requester
}

class ClaimService {
  readonly #deps: ClaimsDeps & Pick<ProvisionDeps, Made>
  readonly #paces: Paces

  constructor(deps: ClaimsDeps) {
    const { hookTimeoutMs = defaultHookTimeoutMs, limits, now } = deps
    this.#deps = { ...deps, parseTemplate: createTemplateCache(), hookTimeoutMs }
    this.#paces = new Paces({ ...defaultClaimLimits, ...limits }, now)
  }

  /** Resolves once the answer is sent. A will asks for nothing, as with shadows. */
  receive(message: Message): Promise<void> | undefined {
    if (message.isWill) return undefined
    const { accountId, topic, publisher } = message
    const { clientId, sourceIp } = publisher ?? {}
    const reply = clientId === undefined ? undefined : this.#deps.sessions.replyTo(accountId, clientId)
    const requester = { accountId, clientId, sourceIp, principal: publisher?.principal }
    return this.#trace({ message, ...parseRequestTopic(topic), reply, requester })
  }

  #trace(request: Asked): Promise<void> {
    const { trace = untraced } = this.#deps
    const { asked, requester } = request
    const attributes = {
      'cloud.account.id': requester.accountId,
      'muster.client_id': requester.clientId,
      'muster.claim': requester.principal,
      'client.address': requester.sourceIp,
      'rpc.method': asked.operation,
      'muster.template_name': asked.operation === 'RegisterThing' ? asked.templateName : undefined,
    }
    return trace({ name: 'claim request', kind: 'server', attributes }, async (tell) => {
      const status = await this.#answer(request)
      tell({ 'muster.accepted': status === 200, 'muster.status_code': status }, status >= 500)
    })
  }

  /** Resolves with the status that it was answered with. */
  async #answer(asked: Asked): Promise<number> {
    const { message, format, reply, requester } = asked
    try {
      const document = await this.#carryOut(asked)
      reply?.send(`${message.topic}/accepted`, encode(document, format))
      return 200
    } catch (error) {
      const refusal = this.#toRefusal(error)
      const { statusCode, errorCode, message: errorMessage, journalCode: code, certificateId } = refusal
      const details = { topic: message.topic.slice(0, 300), ...refusal.details }
      const about = certificateId === undefined ? {} : { certificateId }
      this.#deps.record(entryOf(requester, { code, at: this.#deps.now(), details, ...about }))
      reply?.send(`${message.topic}/rejected`, encode({ statusCode, errorCode, errorMessage }, format))
      return statusCode
    }
  }

  async #carryOut({ message, asked, format, reply, requester }: Asked): Promise<object> {
    if (!format) throw refusals.malformed('the topic must end in json or cbor')
    using _ = this.#paces.begin(requester, asked.operation)
    await this.#identify(requester, message.publisher?.principal)
    const accepted = `${message.topic}/accepted`
    if (!reply) throw refusals.unheard(accepted)
    if (asked.operation === 'RegisterThing') {
      const document = readDocument(message.payload, format)
      return provision(this.#deps, requester, { templateName: asked.templateName, document })
    }
    if (!reply.hears(accepted)) throw refusals.unheard(accepted) // what nobody hears would be lost
    const issued =
      asked.operation === 'CreateKeysAndCertificate'
        ? await issueWithKeys(this.#deps, requester)
        : await issueFromCsr(this.#deps, requester, readDocument(message.payload, format))
    const { certificateId } = issued
    const details = { operation: asked.operation }
    const at = this.#deps.now()
    this.#deps.record(entryOf(requester, { code: 'claim-certificate-issued', at, certificateId, details }))
    return issued
  }

  /** Notes the claim in `requester`. @throws {ClaimRefusal} when it is used up */
  async #identify(requester: Requester, principal: string | undefined): Promise<void> {
    if (principal === undefined || !isCertificateId(principal)) return
    const { store, now } = this.#deps
    const claim = await findCertificate(store.read, requester.accountId, principal)
    if (!claim) throw refusals.claimLimit({ error: 'the claim was deleted' })
    requester.claim = claim
    await checkClaim(store.read, claim, now())
  }

  #toRefusal(error: unknown): ClaimRefusal {
    if (error instanceof ClaimRefusal) return error
    this.#deps.log.error({ err: error }, 'a request of fleet provisioning failed')
    return refusals.internal()
  }
}

function encode(document: object, format: PayloadFormat | undefined): Uint8Array {
  return format === 'cbor' ? encodeCbor(document) : Buffer.from(JSON.stringify(document))
}
