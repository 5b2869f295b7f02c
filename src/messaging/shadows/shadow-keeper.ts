/** Carries requests out on the store; what is then to be published comes with the outcome. */
import type { Db, Store } from '../../store/index.ts'
import {
  acceptedUpdate,
  deletedDocument,
  deltaDocument,
  documentsDocument,
  getDocument,
} from './documents/response-documents.ts'
import { applyUpdate, type ShadowDocument } from './documents/shadow-document.ts'
import { findClientToken, parseUpdate, type UpdateRequest } from './documents/update-request.ts'
import type { ShadowLimits } from './limits.ts'
import { shadowErrors } from './shadow-error.ts'
import { describeShadow, type ShadowId, type ShadowMethod } from './shadow-topics.ts'
import { deleteShadow, findDeletedVersion, findShadow, forgetDeleted, saveShadow } from './store.ts'

/** A message to be published below the shadow's topic. */
export interface News {
  topic: string
  /** Only called when somebody listens; `undefined` when there is nothing to tell. */
  build: () => object | undefined
}

export interface Outcome {
  /** The answer. */
  document: object
  /** In the order in which it is published; the answer first. */
  news: News[]
}

export interface ShadowKeeperDeps {
  store: Store
  now: () => Date
  limits: ShadowLimits
}

/** AWS IoT Developer Guide, "Interacting with shadows": so long the version of a deleted shadow goes on. */
const rememberedMs = 48 * 3600 * 1000

export class ShadowKeeper {
  readonly #deps: ShadowKeeperDeps
  /** The last write of each shadow that is on its way to the disk. */
  readonly #writes = new Map<string, Promise<unknown>>()

  constructor(deps: ShadowKeeperDeps) {
    this.#deps = deps
  }

  /** Requests for one shadow take effect in the order they came. @throws {ShadowError} */
  carryOut(method: ShadowMethod, id: ShadowId, payload: Uint8Array): Promise<Outcome> {
    switch (method) {
      case 'get':
        return this.#get(id, payload)
      case 'update':
        return this.#update(id, payload)
      case 'delete':
        return this.#delete(id, payload)
    }
  }

  async #get(id: ShadowId, payload: Uint8Array): Promise<Outcome> {
    const clientToken = findClientToken(payload, this.#deps.limits)
    const found = await this.#find(id)
    if (!found) throw shadowErrors.notFound(describeShadow(id))
    const document = getDocument(found, { timestamp: this.#timestamp(), clientToken })
    return { document, news: [{ topic: 'get/accepted', build: () => document }] }
  }

  /** Where it stands in line: behind writes that are under way, in one with them; else at once. */
  #find(id: ShadowId): Promise<ShadowDocument | undefined> {
    const find = (db: Db) => findShadow(db, id)
    return this.#writes.has(keyOf(id)) ? this.#write(id, find) : find(this.#deps.store.read)
  }

  async #update(id: ShadowId, payload: Uint8Array): Promise<Outcome> {
    const request = parseUpdate(payload, this.#deps.limits)
    return this.#write(id, async (db) => this.#replace(db, id, request))
  }

  async #replace(db: Db, id: ShadowId, request: UpdateRequest): Promise<Outcome> {
    const timestamp = this.#timestamp()
    const previous = await findShadow(db, id)
    const version = previous?.version ?? (await findDeletedVersion(db, id, this.#forgottenSince())) ?? 0
    const current = applyUpdate({ current: previous, version, timestamp }, request, this.#deps.limits)
    await saveShadow(db, id, current)
    return outcomeOf(request, { previous, current, timestamp })
  }

  async #delete(id: ShadowId, payload: Uint8Array): Promise<Outcome> {
    const { now, limits } = this.#deps
    const clientToken = findClientToken(payload, limits)
    const version = await this.#write(id, async (db) => {
      await forgetDeleted(db, this.#forgottenSince())
      return deleteShadow(db, id, now())
    })
    if (version === undefined) throw shadowErrors.notFound(describeShadow(id))
    const document = deletedDocument(version, { timestamp: this.#timestamp(), clientToken })
    return { document, news: [{ topic: 'delete/accepted', build: () => document }] }
  }

  /** Must be called in the same turn as the request came, which keeps the order. */
  async #write<T>(id: ShadowId, work: (db: Db) => Promise<T>): Promise<T> {
    const key = keyOf(id)
    const written = this.#deps.store.transact(work)
    this.#writes.set(key, written)
    try {
      return await written
    } finally {
      if (this.#writes.get(key) === written) this.#writes.delete(key)
    }
  }

  #timestamp(): number {
    return Math.floor(this.#deps.now().getTime() / 1000)
  }

  #forgottenSince(): Date {
    return new Date(this.#deps.now().getTime() - rememberedMs)
  }
}

const keyOf = ({ accountId, thingName, shadowName = '' }: ShadowId): string =>
  `${accountId}/${thingName}/${shadowName}`

interface Replacement {
  previous: ShadowDocument | undefined
  current: ShadowDocument
  timestamp: number
}

function outcomeOf(request: UpdateRequest, { previous, current, timestamp }: Replacement): Outcome {
  const occasion = { timestamp, clientToken: request.clientToken }
  const document = acceptedUpdate(request, current, timestamp)
  return {
    document,
    news: [
      { topic: 'update/accepted', build: () => document },
      { topic: 'update/documents', build: () => documentsDocument({ previous, current }, occasion) },
      { topic: 'update/delta', build: () => deltaDocument(current, occasion) },
    ],
  }
}
