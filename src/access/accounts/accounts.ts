/** Which accounts there are, and what is opened for each: in memory, and current. */
import type { Change, Fabric } from '../../fabric/in-process/index.ts'
import type { ForEachAccount } from '../../lib/for-each-account.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Store } from '../../store/index.ts'
import {
  createEndpointPrefix,
  createRequestId,
  endpointOf,
  isAccountEndpoint,
  isOpenAccount,
  type Account,
} from './account.ts'
import { insertAccount, listAccounts, setClosed } from './store.ts'

export interface Accounts extends Disposable {
  /** The configured one: it makes and closes the others, runs the server, and is never closed itself. */
  readonly firstId: string
  /** All, closed ones as well, in the order in which they were made. */
  list: () => readonly Account[]
  find: (accountId: string) => Account | undefined
  /** Those that are open, the first one first. */
  openIds: () => readonly string[]
  /** True for one that was never heard of: what is not there needs no closing. */
  isOpen: (accountId: string) => boolean
  /** The host name that devices of the account connect to: of the first one that of the server itself. */
  endpointOf: (accountId: string) => string
  /** Whether the name, in lower case, belongs to an account, or may be given to one. */
  isEndpoint: (domainName: string) => boolean
  forEach: ForEachAccount
  /** The listener is called for each that is closed, in the order in which they came, and waited for before that is answered. */
  onClosed: (listener: (accountId: string) => MaybePromise<void>) => Disposable
}

export interface AccountsDeps {
  store: Store
  fabric: Pick<Fabric, 'onChange'>
  /** The configured account. */
  accountId: string
  /** Host name that devices connect to. */
  endpoint: string
  now: () => Date
}

/** The configured account is there and open from now on. */
export async function openAccounts(deps: AccountsDeps): Promise<Accounts> {
  const { accountId: firstId, endpoint } = deps
  await ensureFirst(deps)
  const known = new KnownAccounts(firstId)
  known.take(await listAccounts(deps.store.read))
  const followers = new Set<Follower>()
  let followed: Promise<void> = Promise.resolve()

  async function follow(): Promise<void> {
    const change = known.take(await listAccounts(deps.store.read))
    for (const follower of followers) await follower(change)
  }

  const changes = deps.fabric.onChange(({ kind }: Change) => {
    if (kind !== 'account') return undefined
    const following = followed.then(follow) // one after the other, so that the last one read wins
    followed = following.catch(() => {}) // the announcement reports it
    return following
  })
  const add = (follower: Follower): Disposable => {
    followers.add(follower)
    return { [Symbol.dispose]: () => void followers.delete(follower) }
  }

  return {
    firstId,
    list: () => known.all,
    find: (accountId) => known.find(accountId),
    openIds: () => known.openIds,
    isOpen: (accountId) => !known.closedIds.has(accountId),
    endpointOf(accountId) {
      const account = known.find(accountId)
      return accountId === firstId || !account ? endpoint : endpointOf(account.endpointPrefix, endpoint)
    },
    isEndpoint: (domainName) => isAccountEndpoint(domainName, endpoint),
    forEach: (open) => openForEach(known, add, open),
    onClosed: (listener) =>
      add(async ({ closed }) => {
        for (const accountId of closed) await listener(accountId)
      }),
    [Symbol.dispose]: () => changes[Symbol.dispose](),
  }
}

interface AccountsChange {
  opened: readonly string[]
  closed: readonly string[]
}

type Follower = (change: AccountsChange) => Promise<void>

/** What was last read; what is asked for each request is a look into a set. */
class KnownAccounts {
  readonly #firstId: string
  all: readonly Account[] = []
  openIds: readonly string[] = []
  closedIds: ReadonlySet<string> = new Set()

  constructor(firstId: string) {
    this.#firstId = firstId
  }

  find(accountId: string): Account | undefined {
    return this.all.find((account) => account.accountId === accountId)
  }

  take(all: readonly Account[]): AccountsChange {
    const before = this.openIds
    const isOpen = (account: Account) => isOpenAccount(account) || account.accountId === this.#firstId
    this.all = all
    this.openIds = [
      this.#firstId,
      ...all.filter((one) => isOpen(one) && one.accountId !== this.#firstId).map((one) => one.accountId),
    ]
    this.closedIds = new Set(all.filter((one) => !isOpen(one)).map((one) => one.accountId))
    return {
      opened: this.openIds.filter((accountId) => !before.includes(accountId)),
      closed: before.filter((accountId) => this.closedIds.has(accountId)),
    }
  }
}

async function openForEach(
  known: KnownAccounts,
  add: (follower: Follower) => Disposable,
  open: Parameters<ForEachAccount>[0],
): Promise<AsyncDisposable> {
  const opened = new Map<string, Disposable | AsyncDisposable>()
  const close = async (accountId: string) => {
    const one = opened.get(accountId)
    opened.delete(accountId)
    if (one) await dispose(one)
  }
  const follow: Follower = async (change) => {
    for (const accountId of change.opened)
      if (!opened.has(accountId)) opened.set(accountId, await open(accountId))
    for (const accountId of change.closed) await close(accountId)
  }
  const following = add(follow)
  await follow({ opened: known.openIds, closed: [] })
  return {
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]()
      for (const accountId of opened.keys()) await close(accountId)
    },
  }
}

async function dispose(one: Disposable | AsyncDisposable): Promise<void> {
  if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]()
  else one[Symbol.dispose]()
}

/** In a database from before there were several, or with another account id than at the last start. */
async function ensureFirst({ store, accountId, now }: AccountsDeps): Promise<void> {
  const found = (await listAccounts(store.read)).find((account) => account.accountId === accountId)
  if (found && isOpenAccount(found)) return
  await store.transact(async (db) => {
    const present = (await listAccounts(db)).find((account) => account.accountId === accountId) // another node may be first
    if (present) return setClosed(db, accountId, undefined)
    return insertAccount(db, {
      accountId,
      name: 'first',
      email: `${accountId}@account.invalid`,
      endpointPrefix: createEndpointPrefix(),
      requestId: createRequestId(),
      createdAt: now(),
    })
  })
}
