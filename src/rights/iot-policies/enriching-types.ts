import { listEnrichments, type Enrichment } from '../../registry/thing-types/index.ts'
import type { Change } from '../../fabric/in-process/index.ts'
import type { Db } from '../../store/index.ts'

const keyOf = (accountId: string, thingTypeName: string) => `${accountId} ${thingTypeName}`

/** Thing types whose things' messages are enriched, in memory: mostly there is none, and nothing need be read. */
export class EnrichingTypes {
  readonly #db: Db
  #types: Promise<Map<string, readonly Enrichment[]>> | undefined

  constructor(db: Db) {
    this.#db = db
  }

  async areThere(): Promise<boolean> {
    return (await this.#load()).size > 0
  }

  async find(accountId: string, thingTypeName: string | undefined): Promise<readonly Enrichment[]> {
    if (thingTypeName === undefined) return []
    return (await this.#load()).get(keyOf(accountId, thingTypeName)) ?? []
  }

  /** Reads what has changed. */
  async refresh({ accountId, id: thingTypeName }: Change): Promise<void> {
    const types = await this.#load()
    const [found] = await listEnrichments(this.#db, { accountId, thingTypeName })
    if (found) types.set(keyOf(accountId, thingTypeName), found.enrichments)
    else types.delete(keyOf(accountId, thingTypeName))
  }

  #load(): Promise<Map<string, readonly Enrichment[]>> {
    const loaded = (this.#types ??= this.#read())
    loaded.catch(() => (this.#types = undefined)) // whoever waits is told, and the next one tries again
    return loaded
  }

  async #read(): Promise<Map<string, readonly Enrichment[]>> {
    const all = await listEnrichments(this.#db)
    return new Map(
      all.map(({ accountId, thingTypeName, enrichments }) => [keyOf(accountId, thingTypeName), enrichments]),
    )
  }
}
