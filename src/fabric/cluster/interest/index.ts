/** What nodes tell each other of the topics that somebody listens to. See docs/decisions/0046-nodes-say-what-they-want-to-hear.md. */
import { whenAll } from '../../../lib/maybe-promise.ts'
import type { Fabric } from '../../in-process/index.ts'
import type { Questions } from '../questions.ts'
import type { Hearer } from './filter-keys.ts'
import { OwnInterest } from './own-interest.ts'
import { PeersInterest, type Peer } from './peers-interest.ts'
import { Teller } from './teller.ts'
import type { Telling } from './telling.ts'

export interface NodeInterestDeps {
  nodeName: string
  epoch: number
}

/** A client that waits for its SUBACK waits no longer for a node that does not answer. */
const answerWithinMs = 2000
const retryMs = { untaken: 100, unanswered: 500 }
const kind = 'interest'

export class NodeInterest implements Disposable {
  readonly #deps: NodeInterestDeps
  readonly #own = new OwnInterest()
  readonly #peers = new PeersInterest()
  readonly #tellers = new Map<string, { epoch: number; teller: Teller }>()
  #questions: Pick<Questions, 'ask'> | undefined

  constructor(deps: NodeInterestDeps) {
    this.#deps = deps
    this.#own.onChange = (key) => {
      for (const { teller } of this.#tellers.values()) teller.changed(key)
    }
  }

  /** The same fabric; what is subscribed to there is told to the others. */
  watch(fabric: Fabric, hearer: Hearer): Fabric {
    return this.#own.watch(fabric, hearer)
  }

  /** From now on others are told, and heard. */
  begin(questions: Questions): void {
    this.#questions = questions
    questions.onAsked(kind, async (telling: Telling) => this.#peers.take(telling))
  }

  /** The others that serve now. */
  heardOf(peers: readonly Peer[]): void {
    this.#peers.heardOf(peers)
    const epochs = new Map(peers.map(({ nodeName, epoch }) => [nodeName, epoch]))
    for (const [nodeName, { epoch, teller }] of this.#tellers) {
      if (epochs.get(nodeName) === epoch) continue
      teller[Symbol.dispose]()
      this.#tellers.delete(nodeName)
    }
    for (const [nodeName, epoch] of epochs)
      if (!this.#tellers.has(nodeName)) this.#tellers.set(nodeName, { epoch, teller: this.#open(nodeName) })
  }

  wanting: PeersInterest['wanting'] = (message) => this.#peers.wanting(message)

  want: PeersInterest['want'] = (accountId, topic) => this.#peers.want(accountId, topic)

  /**
   * Resolves when all others know what is subscribed to up to now, or do not answer; undefined when they know it already.
   */
  told(): Promise<void> | undefined {
    return whenAll([...this.#tellers.values()].map(({ teller }) => teller.told()))
  }

  [Symbol.dispose](): void {
    this.heardOf([])
  }

  #open(other: string): Teller {
    const { nodeName, epoch } = this.#deps
    const tell = async (telling: Telling) => {
      const isTaken = await this.#questions?.ask(other, kind, telling, answerWithinMs).catch(() => undefined)
      return typeof isTaken === 'boolean' ? isTaken : undefined
    }
    return new Teller({ own: this.#own, nodeName, epoch, tell, retryMs })
  }
}
