/** The domain configurations of all accounts as the device ports need them: in memory, and current. */
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { ForEachAccount } from '../../lib/for-each-account.ts'
import type { Store } from '../../store/index.ts'
import { endpointConfiguration } from './default-configurations.ts'
import type { DomainConfiguration } from './domain-configuration.ts'
import { listDomainConfigurations } from './store.ts'

export interface Domains extends AsyncDisposable {
  list: () => readonly DomainConfiguration[]
  /** The listener is called after each change, and waited for before the change is answered. */
  onChanged: (listener: () => Promise<void>) => Disposable
}

export interface DomainsDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
  forEachAccount: ForEachAccount
  /** The name that devices of the account ask for; `undefined` where that is the server's own, as of the first account. */
  ownEndpointOf: (accountId: string) => string | undefined
}

export async function openDomains(deps: DomainsDeps): Promise<Domains> {
  const known = new KnownDomains(deps)
  const serving = await deps.forEachAccount(async (accountId) => {
    await known.load(accountId)
    return { [Symbol.asyncDispose]: () => known.forget(accountId) }
  })
  const changes = deps.fabric.onChange(({ kind, accountId }) =>
    kind === 'domain-configuration' && known.has(accountId) ? known.load(accountId) : undefined,
  )
  return {
    list: () => known.listed,
    onChanged: (listener) => known.addListener(listener),
    async [Symbol.asyncDispose]() {
      changes[Symbol.dispose]()
      known.dropListeners()
      await serving[Symbol.asyncDispose]()
    },
  }
}

type Listener = () => Promise<void>

class KnownDomains {
  readonly #deps: Pick<DomainsDeps, 'store' | 'ownEndpointOf'>
  readonly #listeners = new Set<Listener>()
  readonly #byAccount = new Map<string, readonly DomainConfiguration[]>()
  #turn: Promise<void> = Promise.resolve()
  listed: readonly DomainConfiguration[] = []

  constructor(deps: Pick<DomainsDeps, 'store' | 'ownEndpointOf'>) {
    this.#deps = deps
  }

  has(accountId: string): boolean {
    return this.#byAccount.has(accountId)
  }

  load(accountId: string): Promise<void> {
    return this.#inTurn(async () => {
      const { store, ownEndpointOf } = this.#deps
      const endpoint = ownEndpointOf(accountId)
      const own = endpoint === undefined ? [] : [endpointConfiguration(accountId, endpoint)]
      this.#byAccount.set(accountId, [...own, ...(await listDomainConfigurations(store.read, accountId))])
    })
  }

  forget(accountId: string): Promise<void> {
    return this.#inTurn(async () => void this.#byAccount.delete(accountId))
  }

  addListener(listener: Listener): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  dropListeners(): void {
    this.#listeners.clear()
  }

  /** One after the other, so that the last one read wins; then all are told. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const changing = this.#turn.then(change).then(async () => {
      this.listed = [...this.#byAccount.values()].flat()
      await Promise.all([...this.#listeners].map((listener) => listener()))
    })
    this.#turn = changing.catch(() => {}) // whoever asked reports it
    return changing
  }
}
