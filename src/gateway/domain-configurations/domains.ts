/** The domain configurations of an account as the device ports need them: in memory, and current. */
import type { Fabric } from '../../fabric/index.ts'
import type { Store } from '../../store/index.ts'
import type { DomainConfiguration } from './domain-configuration.ts'
import { listDomainConfigurations } from './store.ts'

export interface Domains extends Disposable {
  list: () => readonly DomainConfiguration[]
  /** The listener is called after each change, and waited for before the change is answered. */
  onChanged: (listener: () => Promise<void>) => Disposable
}

export interface DomainsDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
  accountId: string
}

export async function openDomains({ store, fabric, accountId }: DomainsDeps): Promise<Domains> {
  const listeners = new Set<() => Promise<void>>()
  let known = await listDomainConfigurations(store.read, accountId)
  let reloaded: Promise<void> = Promise.resolve()

  async function reload(): Promise<void> {
    known = await listDomainConfigurations(store.read, accountId)
    await Promise.all([...listeners].map((listener) => listener()))
  }

  const changes = fabric.onChange((change) => {
    if (change.kind !== 'domain-configuration' || change.accountId !== accountId) return undefined
    const reloading = reloaded.then(reload) // one after the other, so that the last one read wins
    reloaded = reloading.catch(() => {}) // the announcement reports it
    return reloading
  })

  return {
    list: () => known,
    onChanged(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    [Symbol.dispose]: () => changes[Symbol.dispose](),
  }
}
