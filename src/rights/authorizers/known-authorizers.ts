/** The authorizers of an account as the device ports need them: in memory, and current. */
import type { Change, Fabric } from '../../fabric/index.ts'
import type { Store } from '../../store/index.ts'
import type { Authorizer } from './authorizer.ts'
import { findDefaultName, listAuthorizers } from './store.ts'

export interface KnownAuthorizers extends Disposable {
  /** Whose they are; no other account has any here. */
  accountId: string
  hasAny: (accountId: string) => boolean
  find: (accountId: string, authorizerName: string) => Authorizer | undefined
  /** Its name; there may be no such authorizer any more. */
  defaultName: (accountId: string) => string | undefined
  /** The listener is called after each change, and waited for before the change is answered. */
  onChanged: (listener: () => void) => Disposable
}

export interface KnownAuthorizersDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'onChange'>
  accountId: string
}

export async function openKnownAuthorizers(deps: KnownAuthorizersDeps): Promise<KnownAuthorizers> {
  const { store, fabric, accountId } = deps
  const listeners = new Set<() => void>()
  let known = await load()
  let reloaded: Promise<void> = Promise.resolve()

  async function load() {
    const all = await listAuthorizers(store.read, accountId)
    const byName = new Map(all.map((authorizer) => [authorizer.authorizerName, authorizer]))
    return { byName, defaultName: await findDefaultName(store.read, accountId) }
  }

  async function reload(): Promise<void> {
    known = await load()
    for (const listener of listeners) listener()
  }

  const changes = fabric.onChange((change: Change) => {
    if (change.kind !== 'authorizer' || change.accountId !== accountId) return undefined
    const reloading = reloaded.then(reload) // one after the other, so that the last one read wins
    reloaded = reloading.catch(() => {}) // the announcement reports it
    return reloading
  })

  return {
    accountId,
    hasAny: (account) => account === accountId && known.byName.size > 0,
    find: (account, name) => (account === accountId ? known.byName.get(name) : undefined),
    defaultName: (account) => (account === accountId ? known.defaultName : undefined),
    onChanged(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    [Symbol.dispose]: () => changes[Symbol.dispose](),
  }
}
