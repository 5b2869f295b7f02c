/** What sessions need of the other nodes that have the same database. */
import type { Change, Fabric, Message } from '../../../fabric/index.ts'

export interface SessionNodes {
  nodeName: string
  /** Names of those that serve now, this one among them. */
  members: () => Iterable<string>
  /** What persistent sessions of this node hear: QoS 0 of all nodes, and what is handed to it from the log. */
  kept: Fabric
  /** With the same rules of matching. */
  createLocal: () => Fabric
  announce: Fabric['announce']
  onChange: (listener: (change: Change) => void | Promise<void>) => Disposable
  /** Asks that node to let go of a client's session: resolves when it has, or when it does not answer soon. */
  askFor: (nodeName: string, client: ClientName) => Promise<void>
  /** What others ask for. */
  onAskedFor: (answer: (client: ClientName) => Promise<void>) => void
  /** There is more in the log. */
  tellLogged: () => void
  onLogged: (listener: () => void) => void
  /** There may be sessions that no node has. */
  onAdopted: (listener: () => void) => void
  /** Hears of each message of QoS 1 and 2 that is published at this node; a promise when it has to be durable. */
  keepWith: (keep: (message: Message) => Promise<void> | undefined) => void
}

export interface ClientName {
  accountId: string
  clientId: string
}
