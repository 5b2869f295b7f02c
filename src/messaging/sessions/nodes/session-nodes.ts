/** What sessions need of the other nodes that have the same database. */
import type { Change, Fabric, Message, Shares } from '../../../fabric/in-process/index.ts'
import type { GroupName } from './group-store.ts'
import type { ToldGroup } from './group-view.ts'

/** What a node tells the others of its shared groups. */
export interface GroupsTold {
  groups: ToldGroup[]
  /** They are all that it has. */
  isAll: boolean
  /** Something waits for these, wherever their members are. */
  waiting: GroupName[]
}

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
  /** Whether there is a node, of an older version, that begins sessions without telling the others. */
  hasSilent: () => boolean
  /** Such a node has been heard of. */
  onSilent: (listener: () => void) => void
  /** There may be sessions that no node has. */
  onAdopted: (listener: () => void) => void
  /** Undefined when all others know to what clients here have subscribed; resolves when they do, or do not answer soon. */
  told: () => Promise<void> | undefined
  /**
   * `keep` hears of each message of QoS 1 and 2 that is published at this node: a promise when it has to be durable. `wants`
   * is asked whether it would be for anybody.
   */
  keepWith: (keeping: {
    wants: Fabric['hasSubscribers']
    keep: (message: Message) => Promise<void> | undefined
  }) => void
  /** Resolves when all others have heard, or do not answer soon. */
  tellGroups: (told: GroupsTold) => Promise<void>
  onGroupsTold: (listener: (told: GroupsTold & { nodeName: string }) => void) => void
  /**
   * `share` hears of each message that is published at this node, and says what others are to know with it; `hear` of
   * those of other nodes that are not in the log. `wants`: whether there is a group that it would be for.
   */
  shareWith: (sharing: {
    wants: Fabric['hasSubscribers']
    share: (message: Message) => Shares
    hear: (message: Message, shares: Shares) => void
  }) => void
  /** To the other nodes, for members of shared groups alone. */
  passOn: (message: Message, shares: Shares) => void
}

export interface ClientName {
  accountId: string
  clientId: string
}
