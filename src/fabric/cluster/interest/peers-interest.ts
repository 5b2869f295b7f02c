/** Which other nodes want to hear a message. One that has not told, or not all, gets everything. */
import type { Message } from '../../in-process/index.ts'
import { TopicNumbers, type Hearer } from './filter-keys.ts'
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
    const asked = { accountId, topic, numbers: new TopicNumbers(accountId, topic) }
    const wants = (hearer: Hearer, { interest }: Known) => interest.wants(hearer, asked)
    const wanting = this.#peers.filter((peer) => wants('clients', peer) || (qos === 0 && wants('kept', peer)))
    return wanting.length === 0 ? nobody : wanting.map(({ nodeName }) => nodeName)
  }

  /** Some of them may want messages on the topic. */
  want(accountId: string, topic: string): boolean {
    return this.wanting({ accountId, topic, qos: 0 }).length > 0
  }
}
