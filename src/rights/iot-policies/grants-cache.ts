import type { Change } from '../../fabric/in-process/index.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Session, SharedGrants } from './device-authorization.ts'
import { noGrants, type DeviceGrants, type GrantsKey } from './device-grants.ts'

/** Grants that connections share; kept for a while after the last of them is gone. */
export interface GrantsEntry extends SharedGrants {
  readonly key: GrantsKey
  /** Of the key, made once. */
  readonly name: string
  readonly sessions: Set<Session>
}

/** What connections do about grants that were replaced. */
export type Pending = Set<Promise<void>>

type Load = (key: GrantsKey) => Promise<DeviceGrants>

interface Loading {
  result: Promise<GrantsEntry>
  /** Changes since it began. */
  seen: Change[]
}

/** Entries without connections that are kept for reconnects. */
const maxIdle = 10_000

/** Grants by connection, found again by whatever they depend on. */
export class GrantsCache {
  readonly #load: Load
  readonly #maxIdle: number
  readonly #entries = new Map<string, GrantsEntry>()
  /** Those without connections; the one that was left first comes first. */
  readonly #idle = new Map<string, GrantsEntry>()
  readonly #loading = new Map<string, Loading>()
  readonly #dependents = new Map<string, Set<GrantsEntry>>()

  constructor(load: Load, limit = maxIdle) {
    this.#load = load
    this.#maxIdle = limit
  }

  /** Concurrent calls with the same key share one load. */
  get(key: GrantsKey): MaybePromise<GrantsEntry> {
    const name = nameOf(key)
    const known = this.#entries.get(name)
    if (known) return known
    const shared = this.#loading.get(name)
    if (shared) return shared.result
    const seen: Change[] = []
    const result = this.#loadCurrent(key, seen).finally(() => this.#loading.delete(name))
    this.#loading.set(name, { result, seen })
    return result
  }

  /** A change may have come too late for what is being loaded. */
  noteWhileLoading(change: Change): void {
    for (const { seen } of this.#loading.values()) seen.push(change)
  }

  affectedBy(change: Change): GrantsEntry[] {
    const entries = dependenciesOf(change).flatMap((name) => [...(this.#dependents.get(name) ?? [])])
    return [...new Set(entries)]
  }

  /** False for an entry that was let go since `get` resolved: its grants may be outdated. */
  holds(entry: GrantsEntry): boolean {
    return this.#entries.get(entry.name) === entry
  }

  join(entry: GrantsEntry, session: Session): void {
    entry.sessions.add(session)
    this.#idle.delete(entry.name)
  }

  leave(entry: GrantsEntry, session: Session): void {
    if (!entry.sessions.delete(session) || entry.sessions.size > 0) return
    if (this.holds(entry)) this.#rest(entry)
    else this.#unlink(entry)
  }

  /** Has the entry's connections decide by other grants, and puts what they do about it into `pending`. */
  replace(entry: GrantsEntry, grants: DeviceGrants, pending: Pending): void {
    if (!this.holds(entry) && entry.sessions.size === 0) return // let go meanwhile: nobody links to it
    const isLinkedAlike = haveSameDependencies(entry.grants, grants)
    if (!isLinkedAlike) this.#unlink(entry)
    entry.grants = grants
    if (!isLinkedAlike) this.#link(entry)
    for (const session of entry.sessions) session.replace(grants, pending)
  }

  /** Loads the entry anew; one without connections is let go. */
  async reload(entry: GrantsEntry, load: Load, pending: Pending): Promise<void> {
    if (entry.sessions.size === 0) this.#drop(entry)
    else this.replace(entry, await load(entry.key), pending)
  }

  /** Grants the entry's connections nothing until it is replaced; others do not find it any more. */
  withhold(entry: GrantsEntry, pending: Pending): void {
    if (this.holds(entry)) this.#entries.delete(entry.name)
    for (const session of entry.sessions) session.replace(noGrants, pending)
  }

  async #loadCurrent(key: GrantsKey, seen: Change[]): Promise<GrantsEntry> {
    for (;;) {
      const entry: GrantsEntry = {
        key,
        name: nameOf(key),
        grants: await this.#load(key),
        sessions: new Set(),
      }
      const dependencies = new Set(dependenciesOfEntry(entry))
      if (seen.splice(0).some((change) => dependenciesOf(change).some((name) => dependencies.has(name))))
        continue
      this.#keep(entry)
      this.#rest(entry)
      return entry
    }
  }

  #keep(entry: GrantsEntry): void {
    this.#entries.set(entry.name, entry)
    this.#link(entry)
  }

  #rest(entry: GrantsEntry): void {
    this.#idle.set(entry.name, entry)
    // several in one go: finding the oldest in a large map takes long
    if (this.#idle.size <= this.#maxIdle + Math.floor(this.#maxIdle / 8)) return
    for (const oldest of this.#idle.values()) {
      if (this.#idle.size <= this.#maxIdle) return
      this.#drop(oldest)
    }
  }

  #drop(entry: GrantsEntry): void {
    const { name } = entry
    if (this.holds(entry)) this.#entries.delete(name)
    if (this.#idle.get(name) === entry) this.#idle.delete(name)
    this.#unlink(entry)
  }

  #link(entry: GrantsEntry): void {
    for (const name of dependenciesOfEntry(entry)) {
      const dependents = this.#dependents.get(name)
      if (dependents) dependents.add(entry)
      else this.#dependents.set(name, new Set([entry]))
    }
  }

  #unlink(entry: GrantsEntry): void {
    for (const name of dependenciesOfEntry(entry)) {
      const dependents = this.#dependents.get(name)
      dependents?.delete(entry)
      if (dependents?.size === 0) this.#dependents.delete(name)
    }
  }
}

function nameOf({ accountId, certificateId, protocol, clientId }: GrantsKey): string {
  return `${accountId} ${certificateId} ${protocol} ${clientId ?? ''}`
}

/** A quick look that may say no to equal ones. */
function haveSameDependencies(one: DeviceGrants, other: DeviceGrants): boolean {
  return (
    one.thingNames === other.thingNames &&
    (one.thing === undefined) === (other.thing === undefined) &&
    one.groupNames === other.groupNames &&
    one.targets === other.targets &&
    one.granted.length === other.granted.length &&
    one.granted.every(({ policy }, index) => policy.name === other.granted[index]?.policy.name)
  )
}

function dependenciesOfEntry({ key, grants }: GrantsEntry): string[] {
  const { accountId, certificateId } = key
  return [
    `${accountId} certificate ${certificateId}`,
    ...grants.thingNames.map((name) => `${accountId} thing ${name}`),
    ...(grants.thing ? [`${accountId} things`] : []),
    ...grants.groupNames.map((name) => `${accountId} group ${name}`),
    ...grants.targets.map((target) => `${accountId} target ${target}`),
    ...grants.granted.map(({ policy }) => `${accountId} policy ${policy.name}`),
  ]
}

/** What announcements of each kind name; a thing's attachment is announced by its certificate. */
const announced: Partial<Record<Change['kind'], string>> = {
  certificate: 'certificate',
  'thing-principal': 'certificate',
  'policy-attachment': 'target',
  'iot-policy': 'policy',
  thing: 'thing',
  'thing-group': 'group',
}

function dependenciesOf({ accountId, kind, id }: Change): string[] {
  if (kind === 'thing-type') return [`${accountId} things`]
  const subject = announced[kind]
  return subject === undefined ? [] : [`${accountId} ${subject} ${id}`]
}
