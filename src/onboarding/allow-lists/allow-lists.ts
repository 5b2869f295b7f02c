/** Allow-lists of CAs that are tagged with `muster:allow-list`: read when they are first asked for, and when they changed. */
import type { Log } from '../../lib/log.ts'
import {
  describeSource,
  readSource,
  SourceError,
  type NamedSource,
  type ReadOptions,
  type Validators,
} from '../../lib/outbound/named-source.ts'
import { RecentMap } from '../../lib/recent-map.ts'
import { AllowListError, parseAllowList, type AllowList } from './allow-list.ts'

export interface AllowListsDeps {
  /** Where files are looked for. */
  directory: string
  outbound: ReadOptions['outbound']
  log: Pick<Log, 'warn'>
  now: () => Date
}

export interface AllowLists extends Disposable {
  /**
   * The list as it is now; while a newer one cannot be had, the one before.
   * @throws {AllowListError} saying why there is none
   */
  find: (accountId: string, source: NamedSource) => Promise<AllowList>
}

const bounds = { maxBytes: 16 * 1024 * 1024, timeoutMs: 20_000, accept: 'text/csv, */*;q=0.5' }
/** Files are looked at for each device that is new; a web server is asked so often. */
const freshMs = { url: 60_000, file: 0 }
/** After it did not answer. */
const retryMs = 10_000
/** In memory at the same time, some of them for longer than they are used. */
const maxLists = 100

export function openAllowLists(deps: AllowListsDeps): AllowLists {
  const lists = new RecentMap<WatchedList>(maxLists)
  const ending = new AbortController()
  return {
    find(accountId, source) {
      const key = `${accountId} ${source.kind} ${source.kind === 'url' ? source.url.href : source.name}`
      const known = lists.get(key) ?? new WatchedList(source, { ...deps, signal: ending.signal })
      lists.set(key, known)
      return known.get()
    },
    [Symbol.dispose]: () => ending.abort(),
  }
}

class WatchedList {
  readonly #source: NamedSource
  readonly #deps: AllowListsDeps & { signal: AbortSignal }
  #list: AllowList | undefined
  #validators: Validators | undefined
  /** Why the one that was read last cannot be used. */
  #wrong: string | undefined
  #fault: string | undefined
  #nextLook = 0
  #looking: Promise<void> | undefined

  constructor(source: NamedSource, deps: AllowListsDeps & { signal: AbortSignal }) {
    this.#source = source
    this.#deps = deps
  }

  async get(): Promise<AllowList> {
    if (this.#looking || this.#deps.now().getTime() >= this.#nextLook)
      await (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)))
    if (this.#list) return this.#list
    throw new AllowListError(this.#fault ?? 'has not been read')
  }

  async #look(): Promise<void> {
    const { kind } = this.#source
    try {
      const found = await readSource(this.#source, {
        ...this.#deps,
        ...bounds,
        validators: this.#validators,
      })
      this.#nextLook = this.#deps.now().getTime() + freshMs[kind]
      if (found === 'unchanged') return void (this.#fault = this.#wrong)
      this.#validators = found.validators // of one that cannot be used too: it is the same until it is changed
      this.#list = await parseAllowList(new TextDecoder().decode(found.bytes))
      this.#fault = this.#wrong = undefined
    } catch (error) {
      if (!(error instanceof SourceError) && !(error instanceof AllowListError)) throw error
      if (error instanceof AllowListError) this.#wrong = error.message
      else this.#nextLook = this.#deps.now().getTime() + (kind === 'url' ? retryMs : 0)
      this.#note(error.message)
    }
  }

  #note(fault: string): void {
    if (fault === this.#fault) return
    this.#fault = fault
    const list = describeSource(this.#source)
    this.#deps.log.warn(
      { list, fault },
      'an allow-list cannot be used; one that was read before stays in force',
    )
  }
}
