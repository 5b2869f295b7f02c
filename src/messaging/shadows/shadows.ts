/**
 * The Device Shadow service: answers requests that come as messages or through the API, and tells what changed.
 * Source: AWS IoT Developer Guide, "AWS IoT Device Shadow service".
 */
import type { Messages } from '../data-plane/index.ts'
import { despiteNoRoom, type Fabric, type Message } from '../../fabric/in-process/index.ts'
import type { ForEachAccount } from '../../lib/for-each-account.ts'
import type { Log } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import { errorDocument } from './documents/response-documents.ts'
import { findClientToken } from './documents/update-request.ts'
import { InFlight } from '../../lib/in-flight.ts'
import { defaultShadowLimits, type ShadowLimits } from './limits.ts'
import { ShadowError, shadowErrors } from './shadow-error.ts'
import { ShadowKeeper, type News, type Outcome } from './shadow-keeper.ts'
import {
  isShadowName,
  isThingName,
  parseRequestTopic,
  requestFilters,
  topicOf,
  type ShadowId,
  type ShadowMethod,
} from './shadow-topics.ts'
import { listShadowNames } from './store.ts'

export interface ShadowsDeps {
  store: Store
  fabric: Pick<Fabric, 'subscribe' | 'hasSubscribers'>
  messages: Pick<Messages, 'publish'>
  /** Whose shadow topics are listened to. */
  forEachAccount: ForEachAccount
  now: () => Date
  log: Pick<Log, 'error'>
  limits?: Partial<ShadowLimits>
  /** Told of each request that was carried out; must return at once. */
  onAccepted?: (accountId: string, method: ShadowMethod, protocol: 'MQTT' | 'HTTP') => void
}

export interface Shadows extends AsyncDisposable {
  /**
   * Carries a request out and resolves with the response document as JSON, once the change is durable and published.
   * @throws {ShadowError}
   */
  request: (method: ShadowMethod, id: ShadowId, payload?: Uint8Array) => Promise<string>
  /** Names of a thing's named shadows in order, from the one after `after`. */
  listNames: (
    thing: Pick<ShadowId, 'accountId' | 'thingName'>,
    page: { after?: string | undefined; limit: number },
  ) => Promise<string[]>
  now: () => Date
}

const noPayload = new Uint8Array()

/** Listens until it is disposed of. */
export async function createShadows(deps: ShadowsDeps): Promise<Shadows> {
  const { store, fabric, forEachAccount, now } = deps
  const limits = { ...defaultShadowLimits, ...deps.limits }
  const service = new ShadowService({ ...deps, limits })
  const listening = await forEachAccount((accountId) => {
    using stack = new DisposableStack()
    for (const filter of requestFilters)
      stack.use(fabric.subscribe(accountId, filter, (message) => service.receive(message)))
    return stack.move()
  })
  return {
    request: (method, id, payload = noPayload) => service.request(method, id, payload),
    listNames: (thing, page) => listShadowNames(store.read, thing, page),
    now,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  }
}

interface ServiceDeps extends ShadowsDeps {
  limits: ShadowLimits
}

class ShadowService {
  readonly #deps: ServiceDeps
  readonly #keeper: ShadowKeeper
  readonly #perConnection = new InFlight()
  readonly #perThing = new InFlight()

  constructor(deps: ServiceDeps) {
    this.#deps = deps
    this.#keeper = new ShadowKeeper(deps)
  }

  async request(method: ShadowMethod, id: ShadowId, payload: Uint8Array): Promise<string> {
    const { document, news } = await this.#keeper.carryOut(method, id, payload)
    this.#deps.onAccepted?.(id.accountId, method, 'HTTP')
    if (method !== 'get') await this.#publish(id, news)
    return JSON.stringify(document)
  }

  /**
   * Answers on the topics below the request's own. Resolves once the change, and what persistent sessions are told of
   * it, is durable. A will changes no shadow: AWS IoT Developer Guide, "Using shadows in apps and services".
   */
  receive(message: Message): Promise<void> | undefined {
    if (message.isWill) return undefined
    const { method, ...names } = parseRequestTopic(message.topic)
    return this.#answer(message, method, { accountId: message.accountId, ...names })
  }

  async #answer(message: Message, method: ShadowMethod, id: ShadowId): Promise<void> {
    let outcome: Pick<Outcome, 'news'>
    try {
      outcome = await this.#carryOut(message, method, id)
      this.#deps.onAccepted?.(id.accountId, method, 'MQTT')
    } catch (error) {
      const document = this.#errorDocument(error, message.payload)
      outcome = { news: [{ topic: `${method}/rejected`, build: () => document }] }
    }
    await this.#publish(id, outcome.news, message.hops)
  }

  async #carryOut(message: Message, method: ShadowMethod, id: ShadowId): Promise<Outcome> {
    if (!isThingName(id.thingName)) throw shadowErrors.invalidName('thingName')
    if (id.shadowName !== undefined && !isShadowName(id.shadowName))
      throw shadowErrors.invalidName('shadowName')
    using _ = this.#begin(id, message.publisher?.clientId)
    return await this.#keeper.carryOut(method, id, message.payload)
  }

  /** @throws {ShadowError} 429 when the connection has too much under way */
  #begin({ accountId, thingName }: ShadowId, clientId: string | undefined): Disposable | undefined {
    if (clientId === undefined) return undefined
    const { maxInFlightPerThing, maxInFlightPerConnection } = this.#deps.limits
    const connection = `${accountId}/${clientId}`
    const thing = `${connection}/${thingName}`
    const isTooMuch =
      this.#perConnection.count(connection) >= maxInFlightPerConnection ||
      this.#perThing.count(thing) >= maxInFlightPerThing
    if (isTooMuch) throw shadowErrors.tooManyRequests()
    const begun = new DisposableStack()
    begun.use(this.#perConnection.begin(connection))
    begun.use(this.#perThing.begin(thing))
    return begun
  }

  #errorDocument(error: unknown, payload: Uint8Array): object {
    const isRefusal = error instanceof ShadowError
    if (!isRefusal) this.#deps.log.error({ err: error }, 'a shadow request failed')
    return errorDocument(
      isRefusal ? error : shadowErrors.internal(),
      findClientToken(payload, this.#deps.limits),
    )
  }

  /** All at once, in order; what nobody listens to is not even written. */
  async #publish(id: ShadowId, news: readonly News[], hops?: number): Promise<void> {
    const { fabric, messages } = this.#deps
    const { accountId } = id
    const durable: Promise<void>[] = []
    for (const { topic: ending, build } of news) {
      const topic = topicOf(id, ending)
      if (!fabric.hasSubscribers(accountId, topic)) continue
      const document = build()
      if (!document) continue
      const payload = Buffer.from(JSON.stringify(document))
      const message: Message = { accountId, topic, payload, qos: 1, retain: false }
      const published = messages.publish(hops === undefined ? message : { ...message, hops })
      if (published) durable.push(despiteNoRoom(published))
    }
    await Promise.all(durable)
  }
}
