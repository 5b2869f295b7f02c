/** Which other nodes want to hear a message. One that has not told, or not all, gets everything. */
import type { Message } from '../../in-process/index.ts'
import { TopicNumbers } from './filter-keys.ts'
import { PeerInterest } from './peer-interest.ts'
import type { Telling } from './telling.ts'

/** A node that serves. */
export interface Peer {
  nodeName: string
  epoch: number
}

interface Known {
  nodeName: string
  interest: PeerInterest
}

const nobody: readonly string[] = []

export class PeersInterest {
  #peers: readonly Known[] = []
  /** Of the topic that is being asked about. */
  readonly #numbers = new TopicNumbers()

  /** Those that serve now. */
  heardOf(peers: readonly Peer[]): void {
    const known = new Map(this.#peers.map(({ nodeName, interest }) => [nodeName, interest]))
    this.#peers = peers.map(({ nodeName, epoch }) => {
      const interest = known.get(nodeName)
      return { nodeName, interest: interest?.epoch === epoch ? interest : new PeerInterest(epoch) }
    })
  }

  /** False when it has to be told anew, or when no such node is known to serve. */
  take(telling: Telling): boolean {
    const peer = this.#peers.find(({ nodeName }) => nodeName === telling.nodeName)
    return peer?.interest.epoch === telling.epoch && peer.interest.take(telling)
  }

  /** Names of nodes. */
  wanting({ accountId, topic, qos }: Pick<Message, 'accountId' | 'topic' | 'qos'>): readonly string[] {
    if (this.#peers.length === 0) return nobody
    const asked = { accountId, topic, numbers: this.#numbers.of(accountId, topic) }
    let wanting: string[] | undefined
    for (const { nodeName, interest } of this.#peers) {
      if (!interest.wants('clients', asked) && !(qos === 0 && interest.wants('kept', asked))) continue
      wanting ??= []
      wanting.push(nodeName)
    }
    return wanting ?? nobody
  }

  /** Some of them may want messages on the topic. */
  want(accountId: string, topic: string): boolean {
    return this.wanting({ accountId, topic, qos: 0 }).length > 0
  }
}
