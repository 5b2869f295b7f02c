/** Which environments there are: warm ones are used again, idle ones give way, and who finds none free waits. */
import type { ServiceSession } from '../../access/identities/index.ts'
import type { FunctionVersion } from '../registry/function-version.ts'
import { tooManyRequests } from '../registry/lambda-error.ts'
import { Environment, type EnvironmentDeps } from './environment.ts'
import { WarmKeys } from './warm-keys.ts'

export interface PoolOptions extends EnvironmentDeps {
  /** How many may run at a time. */
  maxEnvironments: number
  /** The first of as many user ids as there may be environments; each runs as its own. */
  firstUserId: number
  /** How long an environment is kept without an event, in milliseconds. */
  idleMs: number
  /** @throws {AwsError} when the function's role cannot be assumed any more */
  createCredentials: (version: FunctionVersion) => Promise<ServiceSession>
}

interface Slot {
  key: string
  version: FunctionVersion
  userId: number
  /** Absent while it is being made. */
  environment?: Environment
  isTaken: boolean
  /** To be stopped as soon as it is free. */
  isRetired: boolean
  /** Epoch milliseconds. */
  usedAt: number
}

interface Waiter {
  key: string
  version: FunctionVersion
  resolve: (environment: Environment) => void
  reject: (cause: unknown) => void
}

const maxWaiters = 1000
const longestSweepMs = 30_000
/** Credentials must outlive the longest invocation. */
const leastCredentialMs = 15 * 60_000

export class EnvironmentPool implements AsyncDisposable {
  readonly #options: PoolOptions
  readonly #slots = new Set<Slot>()
  readonly #waiters: Waiter[] = []
  readonly #stopping = new Set<Promise<void>>()
  readonly #sweep: NodeJS.Timeout
  readonly #warmKeys: WarmKeys
  #lastId = 0
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#warmKeys = new WarmKeys(Math.ceil(options.maxEnvironments / 2))
    this.#sweep = setInterval(() => this.#stopLongIdle(), Math.min(longestSweepMs, options.idleMs))
    this.#sweep.unref()
  }

  /** An environment that is the caller's alone until `release`. Functions that rules call have one that stays. */
  acquire(version: FunctionVersion, isForRule: boolean): Promise<Environment> {
    const key = keyOf(version)
    if (isForRule) this.#warmKeys.note(key, Date.now())
    const warm = this.#takeWarm(key)
    if (warm) return Promise.resolve(warm)
    if (this.#makeRoom()) return this.#startNew(version, key)
    if (this.#waiters.length >= maxWaiters)
      return Promise.reject(tooManyRequests('ConcurrentInvocationLimitExceeded'))
    return new Promise((resolve, reject) => this.#waiters.push({ key, version, resolve, reject }))
  }

  /** The caller has no further event for it. */
  release(environment: Environment): void {
    const slot = [...this.#slots].find((candidate) => candidate.environment === environment)
    if (!slot) return
    slot.isTaken = false
    slot.usedAt = Date.now()
    this.#settle(slot)
  }

  /**
   * Stops the environments of a function that was changed or deleted, each when it has done its work; without its name
   * those of the account.
   */
  retire(accountId: string, functionName?: string): void {
    const beginning = functionName === undefined ? `${accountId} ` : `${accountId} ${functionName} `
    const isOfFunction = (key: string) => key.startsWith(beginning)
    this.#warmKeys.forget(isOfFunction)
    for (const slot of this.#slots) {
      if (!isOfFunction(slot.key)) continue
      slot.isRetired = true
      if (!slot.isTaken) this.#stop(slot)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#sweep)
    for (const { reject } of this.#waiters.splice(0)) reject(new Error('the server stops'))
    for (const slot of this.#slots) this.#stop(slot)
    await Promise.all(this.#stopping)
    this.#options.group?.[Symbol.dispose]()
  }

  #takeWarm(key: string): Environment | undefined {
    for (const slot of this.#slots) {
      if (slot.key !== key || !this.#isFree(slot)) continue
      if (!this.#isUsable(slot)) this.#stop(slot)
      else {
        slot.isTaken = true
        return slot.environment
      }
    }
    return undefined
  }

  #isFree({ environment, isTaken, isRetired }: Slot): boolean {
    return environment?.isIdle === true && !isTaken && !isRetired
  }

  #isUsable({ environment }: Slot): boolean {
    const leftMs = (environment?.expiration.getTime() ?? 0) - this.#options.now().getTime()
    return environment?.isDead === false && leftMs > leastCredentialMs
  }

  /**
   * Stops the environment that was idle longest when there are as many as there may be: one that is kept warm only when
   * all are.
   */
  #makeRoom(): boolean {
    if (this.#slots.size < this.#options.maxEnvironments) return true
    const warm = this.#warmSlots()
    const idle = [...this.#slots].filter((slot) => this.#isFree(slot))
    const rank = (slot: Slot) => Number(warm.has(slot))
    const oldest = idle.toSorted((left, right) => rank(left) - rank(right) || left.usedAt - right.usedAt)[0]
    if (!oldest) return false
    this.#stop(oldest)
    return true
  }

  async #startNew(version: FunctionVersion, key: string): Promise<Environment> {
    const slot: Slot = {
      key,
      version,
      userId: this.#freeUserId(),
      isTaken: true,
      isRetired: false,
      usedAt: Date.now(),
    }
    this.#slots.add(slot)
    try {
      const credentials = await this.#options.createCredentials(version)
      const request = { id: ++this.#lastId, version, credentials, userId: slot.userId }
      const environment = new Environment(this.#options, request)
      slot.environment = environment
      environment.onIdle = () => this.#settle(slot)
      if (this.#isClosed) throw new Error('the server stops')
      await environment.start()
      return environment
    } catch (cause) {
      this.#stop(slot)
      throw cause
    }
  }

  /** Ids of environments that are still being killed are not free. */
  #freeUserId(): number {
    const taken = new Set([...this.#slots].map(({ userId }) => userId))
    for (const userId of this.#leaving) taken.add(userId)
    let userId = this.#options.firstUserId
    while (taken.has(userId)) userId += 1
    return userId
  }

  readonly #leaving = new Set<number>()

  #stop(slot: Slot): void {
    if (!this.#slots.delete(slot)) return
    this.#leaving.add(slot.userId)
    const stopping = (slot.environment?.stop() ?? Promise.resolve()).then(() => {
      this.#leaving.delete(slot.userId)
      this.#stopping.delete(stopping)
    })
    this.#stopping.add(stopping)
    if (!this.#isClosed) queueMicrotask(() => this.#serveWaiter())
  }

  /** Something may have become free: the environment rests, is stopped, or is given to who waits. */
  #settle(slot: Slot): void {
    const { environment, isTaken } = slot
    if (!environment || isTaken) return
    if (environment.isDead || slot.isRetired || this.#isClosed) return this.#stop(slot)
    if (!environment.isIdle) return
    const index = this.#waiters.findIndex(({ key }) => key === slot.key)
    if (index >= 0 && this.#isUsable(slot)) {
      const [waiter] = this.#waiters.splice(index, 1)
      slot.isTaken = true
      return waiter?.resolve(environment)
    }
    environment.rest()
    this.#serveWaiter()
  }

  /** Starts an environment for who waits longest, if there is room. */
  #serveWaiter(): void {
    if (this.#waiters.length === 0 || this.#isClosed || !this.#makeRoom()) return
    const waiter = this.#waiters.shift()
    if (waiter) this.#startNew(waiter.version, waiter.key).then(waiter.resolve, waiter.reject)
  }

  #stopLongIdle(): void {
    const before = Date.now() - this.#options.idleMs
    const warm = this.#warmSlots()
    for (const slot of this.#slots) {
      if (!this.#isFree(slot)) continue
      if (!warm.has(slot) && slot.usedAt < before) this.#stop(slot)
      else if (warm.has(slot) && !this.#isUsable(slot)) void this.#renew(slot)
    }
  }

  /** Of each function that is kept warm, the free environment that was used last. */
  #warmSlots(): Set<Slot> {
    const latest = new Map<string, Slot>()
    for (const slot of this.#slots) {
      if (!this.#isFree(slot) || !this.#warmKeys.has(slot.key, Date.now())) continue
      if ((latest.get(slot.key)?.usedAt ?? 0) <= slot.usedAt) latest.set(slot.key, slot)
    }
    return new Set(latest.values())
  }

  /** Another one in its place: its credentials are about to end. */
  async #renew(slot: Slot): Promise<void> {
    this.#stop(slot)
    // what keeps it from starting is told to whoever invokes it next
    const renewed = await this.#startNew(slot.version, slot.key).catch(() => undefined)
    if (renewed) this.release(renewed)
  }
}

/** A name holds no space. */
function keyOf({ accountId, functionName, version, revisionId }: FunctionVersion): string {
  return `${accountId} ${functionName} ${version} ${revisionId}`
}
