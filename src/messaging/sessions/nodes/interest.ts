/** Which messages sessions are to have, whichever node has them: the filters of all of them, kept true by announcements. */
import type { Fabric } from '../../../fabric/in-process/index.ts'
import { chunksOf } from '../../../lib/chunks.ts'
import { parseSharedFilter } from '../../../lib/topic-filter.ts'
import type { KnownFilter } from './filter-store.ts'
import type { GroupName } from './group-store.ts'

export interface InterestDeps {
  /** With the rules of matching that sessions have. */
  createLocal: () => Fabric
  /** Those of the filters that some session has. */
  find: (accountId: string, filters: readonly string[]) => Promise<ReadonlySet<string>>
  /** Sessions are in the shared group, or in it no more. */
  keepGroup: (group: GroupName, isKept: boolean) => void
}

const filtersAtOnce = 500

export class Interest {
  readonly #find: InterestDeps['find']
  readonly #keepGroup: InterestDeps['keepGroup']
  readonly #fabric: Fabric
  /** By account, then by filter. */
  readonly #known = new Map<string, Map<string, Disposable>>()
  /** To be asked for, by account. */
  #asked = new Map<string, Set<string>>()
  #asking: Promise<void> | undefined

  constructor({ createLocal, find, keepGroup }: InterestDeps) {
    this.#find = find
    this.#keepGroup = keepGroup
    this.#fabric = createLocal()
  }

  wants(accountId: string, topic: string): boolean {
    return this.#fabric.hasSubscribers(accountId, topic)
  }

  add({ accountId, filter }: KnownFilter): void {
    let known = this.#known.get(accountId)
    if (!known) this.#known.set(accountId, (known = new Map()))
    if (!known.has(filter)) known.set(filter, this.#want({ accountId, filter }))
  }

  #want({ accountId, filter }: KnownFilter): Disposable {
    const shared = parseSharedFilter(filter)
    if (!shared) return this.#fabric.subscribe(accountId, filter, () => {})
    const group = { accountId, name: `${shared.shareName}/${shared.filter}` }
    this.#keepGroup(group, true)
    return { [Symbol.dispose]: () => this.#keepGroup(group, false) }
  }

  /** Sessions have begun or ceased to want it: resolves when that is known here. */
  async look({ accountId, filter }: KnownFilter): Promise<void> {
    const asked = this.#asked.get(accountId) ?? new Set()
    this.#asked.set(accountId, asked.add(filter))
    await this.#asking // it may have been asked before
    await (this.#asking ??= this.#askAll().finally(() => (this.#asking = undefined)))
  }

  async #askAll(): Promise<void> {
    const asked = this.#asked
    this.#asked = new Map()
    for (const [accountId, filters] of asked)
      for (const some of chunksOf([...filters], filtersAtOnce)) await this.#ask(accountId, some)
  }

  async #ask(accountId: string, filters: readonly string[]): Promise<void> {
    // what cannot be asked for counts as wanted: too many messages harm nobody
    const found = await this.#find(accountId, filters).catch(() => new Set(filters))
    for (const filter of filters)
      if (found.has(filter)) this.add({ accountId, filter })
      else this.#remove({ accountId, filter })
  }

  #remove({ accountId, filter }: KnownFilter): void {
    const known = this.#known.get(accountId)
    known?.get(filter)?.[Symbol.dispose]()
    known?.delete(filter)
  }
}
