/**
 * That this node is a member: a lease in the database, renewed each second. A node that cannot renew it stops serving
 * before it ends, so that others may rely on its end. Its own clock only measures how long ago it asked.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '../../lib/log.ts'
import { readVersion } from '../../lib/version.ts'
import type { NodeStore } from '../../store/index.ts'
import { timing } from './timing.ts'
import {
  endMembership,
  joinNode,
  listMembers,
  renewLease,
  type Joining,
  type Member,
  type Membership as MembershipKey,
  type NodeFacts,
} from './store.ts'

export interface MembershipDeps {
  store: NodeStore
  log: Pick<Log, 'error' | 'warn'>
  /** What others are told with each renewal. */
  facts: () => NodeFacts
  /** Hears who is in the cluster, after each renewal. */
  onMembers: (members: readonly Member[], askedAt: number) => void
  /** Once: this node must not serve any more. */
  onFenced: (reason: Error) => void
}

export type Joined = MembershipKey & { takenSeq: number; form: number }

/**
 * One of the same name that died may hold its lease yet, so its end is waited for.
 * @throws {Error} for a person, when a node of that name is running, or one that does not understand this version
 */
export async function join(store: NodeStore, joining: Omit<Joining, 'leaseMs'>): Promise<Joined> {
  const { nodeName } = joining
  let heldUntil: number | undefined
  for (;;) {
    const joined = await store.transact((db) => joinNode(db, { ...joining, leaseMs: timing.leaseMs }))
    if ('epoch' in joined) {
      store.writeAs({ nodeName, epoch: joined.epoch })
      return { nodeName, ...joined }
    }
    if ('unlike' in joined) throw new Error(unlikeOthers(joined.unlike))
    heldUntil ??= joined.heldUntil
    if (joined.heldUntil > heldUntil) break // it was renewed
    await wait(timing.renewMs / 2)
  }
  throw new Error(`a node with the name ${nodeName} is running: give each one its own --node-name`)
}

function unlikeOthers(members: readonly Member[]): string {
  const nodes = members.map(({ nodeName, version }) => `${nodeName} (Muster ${version})`).join(', ')
  return (
    `nodes that are running and this version, ${readVersion()}, do not understand each other: ` +
    `stop ${nodes} first, then start all with this version, or take the version between`
  )
}

export class Membership implements AsyncDisposable {
  readonly #deps: MembershipDeps
  readonly #key: MembershipKey
  readonly #timers: NodeJS.Timeout[]
  /** When the renewal that was answered last had been asked for. */
  #renewedAt = performance.now()
  #renewing: Promise<void> | undefined
  #isOver = false

  /** `joinedAt`: of `performance.now()`, before it joined. */
  constructor(deps: MembershipDeps, { nodeName, epoch }: MembershipKey, joinedAt: number) {
    this.#deps = deps
    this.#key = { nodeName, epoch }
    this.#renewedAt = joinedAt
    this.#timers = [
      setInterval(() => void this.renew(), timing.renewMs).unref(),
      setInterval(() => this.#check(), timing.checkMs).unref(),
    ]
  }

  /** False also before the timer has said so: a process that was stopped goes on with what it was about to do. */
  get mayServe(): boolean {
    return this.leaseAgeMs <= timing.fenceMs
  }

  /** How long ago the lease was renewed, in ms; without end once it is over. */
  get leaseAgeMs(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : performance.now() - this.#renewedAt
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** At once; also tells others up to where this node has taken changes in. */
  renew(): Promise<void> {
    return (this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined)))
  }

  /** Who is a member by now, not only when one that is under way began. */
  async look(): Promise<void> {
    await this.#renewing
    await this.renew()
  }

  /** Leaves, when it has not been fenced. */
  async [Symbol.asyncDispose](): Promise<void> {
    const wasOver = this.#isOver
    this.#stop()
    await this.#renewing
    if (wasOver) return
    const { store, log } = this.#deps
    try {
      await endMembership(store.lease, this.#key, { ifDead: false })
    } catch (error) {
      log.warn({ error }, 'the cluster could not be told that this node leaves; its lease runs out by itself')
    }
  }

  async #renew(): Promise<void> {
    if (this.#isOver) return
    const { store, log, facts, onMembers } = this.#deps
    const askedAt = performance.now()
    try {
      const renewal = { ...this.#key, ...facts(), leaseMs: timing.leaseMs }
      if (!(await renewLease(store.lease, renewal)))
        return this.#fence('the lease of this node ran out, or others found it dead')
      this.#renewedAt = askedAt
      const listedAt = performance.now()
      const members = await listMembers(store.lease)
      if (!this.#isOver) onMembers(members, listedAt)
    } catch (error) {
      if (!this.#isOver) log.error({ error }, 'the lease of this node could not be renewed')
    }
  }

  #check(): void {
    if (performance.now() - this.#renewedAt > timing.fenceMs)
      this.#fence(`the lease of this node could not be renewed for ${timing.fenceMs} ms`)
  }

  #fence(reason: string): void {
    if (this.#isOver) return
    this.#stop()
    this.#deps.store.cutOff()
    this.#deps.onFenced(new Error(`${reason}: it has stopped serving; start it again`))
  }

  #stop(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearInterval(timer)
  }
}
