/**
 * Tells one other node what this one wants to hear: all of it at first, then what changes, one telling at a time, each
 * acknowledged. What was not acknowledged may have been heard or not, so then all is told anew.
 */
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import type { FilterKey } from './filter-keys.ts'
import type { OwnInterest } from './own-interest.ts'
import { toTellingKeys, type Telling } from './telling.ts'

export interface TellerDeps {
  own: Pick<OwnInterest, 'has' | 'keys'>
  nodeName: string
  epoch: number
  /** Whether it was taken; undefined when the node does not answer. */
  tell: (telling: Telling) => Promise<boolean | undefined>
  retryMs: { untaken: number; unanswered: number }
}

/** Keys in one telling: some 200 KB of numbers. */
const maxKeys = 50_000
/** Of texts, which are longer. */
const maxTexts = 1000

/** It may have missed one, or not know yet that this node serves. */
const maxUntaken = 3

interface Waiting {
  change: number
  resolve: () => void
}

export class Teller implements Disposable {
  readonly #deps: TellerDeps
  /** Of what is to be told from the beginning: what has not been told yet. */
  #beginning: Iterator<FilterKey> | undefined
  #changed = new Set<FilterKey>()
  #number = 0
  /** How many changes there were, and how many the other node knows. */
  #change = 0
  #known = 0
  /** One after another. */
  #failures = 0
  #isSilent = false
  #isOver = false
  #isRunning = false
  #waiting: Waiting[] = []

  constructor(deps: TellerDeps) {
    this.#deps = deps
    this.#change = 1 // so that it is told even when there is nothing
    this.#run()
  }

  changed(key: FilterKey): void {
    this.#changed.add(key)
    this.#change++
    this.#run()
  }

  /** Resolves when the node knows all that has changed until now, or does not answer; undefined when there is nothing to wait for. */
  told(): Promise<void> | undefined {
    if (this.#isOver || this.#isSilent || this.#known === this.#change) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push({ change: this.#change, resolve })
    return promise
  }

  /** The node serves no more. */
  [Symbol.dispose](): void {
    this.#isOver = true
    this.#letGo(Number.POSITIVE_INFINITY)
  }

  #run(): void {
    if (!this.#isRunning) void this.#tellAll()
  }

  async #tellAll(): Promise<void> {
    this.#isRunning = true
    await nextTurn() // with all that changes in this one
    while (!this.#isOver && this.#known < this.#change) {
      const change = this.#change
      const telling = this.#next()
      const isTaken = await this.#deps.tell(telling)
      if (isTaken) this.#heard(telling.isWhole ? change : this.#known)
      else await this.#failed(isTaken === undefined ? 'unanswered' : 'untaken')
    }
    this.#isRunning = false
  }

  #heard(change: number): void {
    this.#known = change
    this.#failures = 0
    this.#isSilent = false
    this.#letGo(change)
  }

  /** Nobody waits for a node that does not answer, or takes nothing. */
  async #failed(why: keyof TellerDeps['retryMs']): Promise<void> {
    const { retryMs } = this.#deps
    this.#failures++
    this.#isSilent = why === 'unanswered' || this.#failures > maxUntaken
    if (this.#isSilent) this.#letGo(Number.POSITIVE_INFINITY)
    await wait(retryMs[why], undefined, { ref: false })
    this.#number = 0
  }

  #letGo(change: number): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting)
      if (one.change <= change) one.resolve()
      else this.#waiting.push(one)
  }

  #next(): Telling {
    const { own, nodeName, epoch } = this.#deps
    const begins = this.#number === 0
    if (begins) this.#begin()
    const keys = this.#beginning ? this.#takeFirst(this.#beginning) : this.#takeChanged()
    return {
      nodeName,
      epoch,
      number: ++this.#number,
      begins,
      isWhole: this.#beginning === undefined && this.#changed.size === 0,
      wanted: toTellingKeys(keys.filter((key) => own.has(key))),
      unwanted: toTellingKeys(keys.filter((key) => !own.has(key))),
    }
  }

  #begin(): void {
    this.#beginning = this.#deps.own.keys()
    this.#changed.clear() // those are among them, or are gone
  }

  /** Of what was there when the beginning was made. What has changed since is told afterwards, whether it was among them or not. */
  #takeFirst(beginning: Iterator<FilterKey>): FilterKey[] {
    const keys = take(beginning)
    if (keys.isLast) this.#beginning = undefined
    return keys.taken
  }

  #takeChanged(): FilterKey[] {
    const { taken } = take(this.#changed.values())
    for (const key of taken) this.#changed.delete(key)
    return taken
  }
}

function take(keys: Iterator<FilterKey>): { taken: FilterKey[]; isLast: boolean } {
  const taken: FilterKey[] = []
  let texts = 0
  while (taken.length < maxKeys && texts < maxTexts) {
    const next = keys.next()
    if (next.done === true) return { taken, isLast: true }
    taken.push(next.value)
    if (typeof next.value === 'string') texts++
  }
  return { taken, isLast: false }
}
