/** Names of the groups that a thing is in, those above included. */
export type FindGroups = (accountId: string, thingName: string) => Promise<readonly string[]>

const maxKnownThings = 10_000
const maxUnderWay = 1_000

/** Finds the groups of things, and remembers them until a group changes. */
export class GroupLookup {
  readonly #groupsOfThing: FindGroups
  readonly #known = new Map<string, readonly string[]>()
  readonly #underWay = new Set<Promise<void>>()
  #generation = 0

  constructor(groupsOfThing: FindGroups) {
    this.#groupsOfThing = groupsOfThing
  }

  /** Calls back at once when the groups are known. Where too much is asked, a thing is taken to be in none. */
  find(accountId: string, thingName: string, found: (groups: readonly string[]) => void): void {
    const key = `${accountId} ${thingName}`
    const known = this.#known.get(key)
    if (known) return found(known)
    if (this.#underWay.size >= maxUnderWay) return found([])
    const lookup = this.#lookUp({ accountId, thingName, key }).then(found)
    this.#underWay.add(lookup)
    void lookup.finally(() => this.#underWay.delete(lookup))
  }

  clear(): void {
    this.#known.clear()
    this.#generation++
  }

  /** Resolves when everything asked for so far has been answered. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #lookUp(thing: { accountId: string; thingName: string; key: string }): Promise<readonly string[]> {
    const generation = this.#generation
    const groups = await this.#groupsOfThing(thing.accountId, thing.thingName).catch(() => []) // then the default level holds
    if (generation === this.#generation) this.#remember(thing.key, groups)
    return groups
  }

  #remember(key: string, groups: readonly string[]): void {
    if (this.#known.size >= maxKnownThings) {
      const oldest = this.#known.keys().next()
      if (!oldest.done) this.#known.delete(oldest.value)
    }
    this.#known.set(key, groups)
  }
}
