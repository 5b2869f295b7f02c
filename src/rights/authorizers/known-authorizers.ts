/** The authorizers of each account as the device ports need them: in memory, and current. */
import type { Change, Fabric } from '../../fabric/in-process/index.ts'
import type { ForEachAccount } from '../../lib/for-each-account.ts'
import type { Db, Store } from '../../store/index.ts'
import type { Authorizer } from './authorizer.ts'
import { findDefaultName, listAuthorizers } from './store.ts'

export interface KnownAuthorizers extends AsyncDisposable {
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
  forEachAccount: ForEachAccount
}

interface Known {
  byName: ReadonlyMap<string, Authorizer>
  defaultName: string | undefined
}

export async function openKnownAuthorizers(deps: KnownAuthorizersDeps): Promise<KnownAuthorizers> {
  const { store, fabric, forEachAccount } = deps
  const listeners = new Set<() => void>()
  const known = new Map<string, Known>()
  let reloaded: Promise<void> = Promise.resolve()

  const load = async (accountId: string) => void known.set(accountId, await loadKnown(store.read, accountId))
  const tell = () => {
    for (const listener of listeners) listener()
  }

  const serving = await forEachAccount(async (accountId) => {
    await load(accountId)
    return {
      [Symbol.dispose]() {
        known.delete(accountId)
        tell()
      },
    }
  })

  const changes = fabric.onChange(({ kind, accountId }: Change) => {
    if (kind !== 'authorizer' || !known.has(accountId)) return undefined
    const reloading = reloaded.then(() => load(accountId)).then(tell) // one after the other, so that the last one read wins
    reloaded = reloading.catch(() => {}) // the announcement reports it
    return reloading
  })

  return {
    hasAny: (accountId) => (known.get(accountId)?.byName.size ?? 0) > 0,
    find: (accountId, name) => known.get(accountId)?.byName.get(name),
    defaultName: (accountId) => known.get(accountId)?.defaultName,
    onChanged(listener) {
      listeners.add(listener)
      return { [Symbol.dispose]: () => void listeners.delete(listener) }
    },
    async [Symbol.asyncDispose]() {
      changes[Symbol.dispose]()
      await serving[Symbol.asyncDispose]()
    },
  }
}

async function loadKnown(db: Db, accountId: string): Promise<Known> {
  const all = await listAuthorizers(db, accountId)
  const byName = new Map(all.map((authorizer) => [authorizer.authorizerName, authorizer]))
  return { byName, defaultName: await findDefaultName(db, accountId) }
}
