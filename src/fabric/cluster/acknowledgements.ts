/** Who has taken in which changes, for those who wait until all have. */
import type { Member } from './store.ts'

interface Waiting {
  seq: number
  /** Of `performance.now()`. */
  since: number
  /** Epochs of those that have not yet, by name. */
  left: Map<string, number>
  done: () => void
  fail: (cause: Error) => void
}

export type Other = Pick<Member, 'nodeName' | 'epoch'>

export class Acknowledgements {
  readonly #waiting = new Set<Waiting>()
  /** What each said last: it may have said so before anybody waits. */
  readonly #heard = new Map<string, { epoch: number; seq: number }>()

  /** Resolves when each of them has taken the change in, or is no member any more. */
  all(seq: number, others: readonly Other[]): Promise<void> {
    const hasTaken = ({ nodeName, epoch }: Other) => {
      const heard = this.#heard.get(nodeName)
      return heard?.epoch === epoch && heard.seq >= seq
    }
    const left = new Map(
      others.filter((other) => !hasTaken(other)).map(({ nodeName, epoch }) => [nodeName, epoch]),
    )
    if (left.size === 0) return Promise.resolve()
    return new Promise((done, fail) => {
      this.#waiting.add({ seq, since: performance.now(), left, done, fail })
    })
  }

  /** A node says so. */
  taken({ nodeName, epoch, seq }: Other & { seq: number }): void {
    this.#heard.set(nodeName, { epoch, seq })
    for (const waiting of this.#waiting)
      if (seq >= waiting.seq && waiting.left.get(nodeName) === epoch) this.#drop(waiting, nodeName)
  }

  /** What the database said of all, when it was asked at that time: who waits since later may wait for one that is missing. */
  heardOf(members: readonly Member[], askedAt: number): void {
    const alive = new Map(members.filter(({ isAlive }) => isAlive).map((member) => [member.nodeName, member]))
    for (const nodeName of this.#heard.keys()) if (!alive.has(nodeName)) this.#heard.delete(nodeName)
    for (const waiting of this.#waiting) {
      if (waiting.since > askedAt) continue
      for (const [nodeName, epoch] of waiting.left) {
        const member = alive.get(nodeName)
        const isMember = member?.epoch === epoch
        if (!isMember || member.takenSeq >= waiting.seq) this.#drop(waiting, nodeName)
      }
    }
  }

  /** This node is no member any more: nobody is told that others have taken it in. */
  end(cause: Error): void {
    for (const { fail } of this.#waiting) fail(cause)
    this.#waiting.clear()
  }

  #drop(waiting: Waiting, nodeName: string): void {
    waiting.left.delete(nodeName)
    if (waiting.left.size > 0) return
    this.#waiting.delete(waiting)
    waiting.done()
  }
}
