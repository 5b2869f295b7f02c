/** A shared group, as far as its members are connected to this node. */
import type { Message } from '../../../fabric/in-process/index.ts'
import type { Store } from '../../../store/index.ts'
import { GroupMembers, leastBusy, type Member } from '../group-members.ts'
import { expiryOf } from '../kept-message.ts'
import type { Loan } from '../outgoing.ts'
import type { SessionLimits } from '../session-limits.ts'
import type { SessionWrites } from '../session-writes.ts'
import {
  claimWaiting,
  deleteLent,
  deleteWaiting,
  lendMessage,
  listWaiting,
  type GroupMessage,
  type GroupName,
} from './group-store.ts'

export interface NodeGroupDeps {
  store: Pick<Store, 'read' | 'transact'>
  writes: Pick<SessionWrites, 'write'>
  nodeName: string
  limits: Pick<SessionLimits, 'sessionPageSize' | 'sharedDrainPerSecond'>
  now: () => Date
  random: () => number
  /** For members at whichever node, from the database. */
  wait: (given: GroupMessage) => void
  /** For members of other nodes, of what is not in the database; false when nobody is known to have any. */
  passOn: (message: Message, group: GroupName, tried: readonly string[]) => boolean
  /** Other nodes are known to have members. */
  hasOthers: (message: Message, group: GroupName) => boolean
  /** So many members are connected by now: resolves when other nodes know. */
  tell: (group: GroupName, connected: number) => Promise<void>
  countExpired: (group: GroupName, messages: number) => void
  onFailed: (error: unknown) => void
}

/** What is being done about one message, of which the last thing counts. */
export const nameOfChange = ({ accountId, name, seq }: GroupName & { seq: number }): string =>
  `group ${accountId}/${name} ${seq}`

export class NodeGroup {
  readonly accountId: string
  readonly name: string
  readonly members: GroupMembers
  readonly #deps: NodeGroupDeps
  #told = 0
  #telling: Promise<void> | undefined
  /** Something may wait that has not been looked for. */
  #mayWait = true
  #isDraining = false

  constructor({ accountId, name }: GroupName, deps: NodeGroupDeps) {
    this.accountId = accountId
    this.name = name
    this.members = new GroupMembers(deps.random)
    this.#deps = deps
  }

  /** Resolves when other nodes know that it has members here, if they have just been told. */
  known(): Promise<void> | undefined {
    return this.#telling
  }

  /** Members have come or gone. */
  note(): void {
    const connected = this.members.connected.length
    if (connected > 0 !== this.#told > 0) this.#tell(connected)
    if (this.#told === 0) this.#mayWait = true
    this.#told = connected
  }

  /** From the log: false when no member here takes it, or others are likely to take it sooner. */
  takeLogged(given: GroupMessage): boolean {
    const { message } = given
    const connected = this.members.connectedFor(message.topic)
    const ready = this.members.pickReady(connected)
    if (!ready && this.#deps.hasOthers(message, this)) return false
    return this.#give(given, ready ?? this.members.choose(message, connected), false)
  }

  #give(given: GroupMessage, member: Member | undefined, isLent: boolean): boolean {
    const { message } = given
    if (!member) return false
    const loan = member.isPersistent ? this.#loanToKept(given, isLent) : this.#loan(given, isLent)
    this.members.lend(member, message, loan)?.catch(() => {}) // the writes were told
    return true
  }

  /** What is not in the database, and need not be; `tried`: nodes that did not take it at once. */
  offer(message: Message, tried: readonly string[] = []): void {
    const connected = this.members.connectedFor(message.topic)
    const ready = this.members.pickReady(connected)
    if (!ready && this.#deps.passOn(message, this, tried)) return
    const taker = ready ?? this.members.choose(message, connected) ?? leastBusy(connected) // which loses one
    if (!taker) return
    const expiresAt = expiryOf(message, this.#deps.now().getTime())
    const loan = { expiresAt, isStored: false, settle: () => {}, giveBack: () => this.offer(message) }
    this.members.lend(taker, message, loan)?.catch(() => {}) // the writes were told
  }

  /** A member may take more. */
  drain(): void {
    if (this.#told === 0) this.note()
    if (this.#mayWait && this.#deps.limits.sharedDrainPerSecond === 0)
      this.#drainUpTo(Number.POSITIVE_INFINITY)
  }

  /** Something waits. Also called once a second, since whoever says so may not be heard. */
  look(): void {
    this.#mayWait = true
    this.drain()
  }

  drainAtRate(): void {
    this.note()
    const { sharedDrainPerSecond: rate } = this.#deps.limits
    if (this.#told === 0) return
    if (rate === 0) this.look()
    else this.#drainUpTo(rate * this.#told)
  }

  #tell(connected: number): void {
    const telling = this.#deps.tell(this, connected).finally(() => {
      if (this.#telling === telling) this.#telling = undefined
    })
    this.#telling = telling
  }

  /** It is the session's, from the commit on that says so. */
  #loanToKept({ seq, expiresAt, ...given }: GroupMessage, isLent: boolean): Loan {
    if (isLent) this.#settle({ ...given, seq })
    const share = { name: this.name, seq }
    return { expiresAt, isStored: false, share, settle: () => {}, giveBack: () => {} }
  }

  /** It stays in the database until the client has it. */
  #loan(given: GroupMessage, isLent: boolean): Loan {
    const { writes, nodeName, wait } = this.#deps
    if (!isLent) writes.write(nameOfChange(given), (db) => lendMessage(db, given, nodeName))
    const settle = () => this.#settle(given)
    return { expiresAt: given.expiresAt, isStored: true, settle, giveBack: () => wait(given) }
  }

  #settle(given: GroupName & { seq: number }): void {
    const { writes, nodeName } = this.#deps
    writes.write(nameOfChange(given), (db) => deleteLent(db, given, nodeName))
  }

  #drainUpTo(most: number): void {
    if (this.#isDraining) return
    this.#isDraining = true
    this.#drain(most)
      .catch((error: unknown) => this.#deps.onFailed(error))
      .finally(() => (this.#isDraining = false))
  }

  async #drain(most: number): Promise<void> {
    const { store, limits } = this.#deps
    let left = most
    let after = Number.MIN_SAFE_INTEGER
    while (left > 0 && this.members.connected.some(({ canTake }) => canTake)) {
      this.#mayWait = false
      const limit = Math.min(limits.sessionPageSize, left)
      const page = await listWaiting(store.read, this, { after, limit })
      const last = page.at(-1)
      if (!last) return
      this.#mayWait = true
      after = last.seq
      left -= await this.#take(page)
    }
  }

  /** As many of them as members here are likely to take; whoever else wants them may be first. */
  async #take(page: readonly GroupMessage[]): Promise<number> {
    const { store, nodeName, now, wait, countExpired } = this.#deps
    const at = now().getTime()
    const isExpired = ({ expiresAt }: GroupMessage) => expiresAt !== undefined && expiresAt <= at
    const expired = page.filter(isExpired).map(({ seq, message }) => ({ seq, bytes: message.payload.length }))
    const wanted = page.filter(
      (one) => !isExpired(one) && this.members.connectedFor(one.message.topic).length > 0,
    )
    const seqs = wanted.map(({ seq }) => seq)
    const { lost, claimed } = await store.transact(async (db) => ({
      lost: expired.length > 0 ? await deleteWaiting(db, this, expired) : 0,
      claimed: seqs.length > 0 ? await claimWaiting(db, this, { seqs, nodeName }) : new Set<number>(),
    }))
    countExpired(this, lost)
    for (const one of wanted) {
      if (!claimed.has(one.seq)) continue
      const { message } = one
      const member = this.members.choose(message, this.members.connectedFor(message.topic))
      if (!this.#give(one, member, true)) wait(one)
    }
    return claimed.size
  }
}
