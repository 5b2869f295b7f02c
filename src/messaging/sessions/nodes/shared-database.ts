import type { Fabric } from '../../../fabric/in-process/index.ts'
import type { Db } from '../../../store/index.ts'
import type { QueueKey } from '../kept-message.ts'
import type { Groups } from '../shared-groups.ts'
import type { NodeGroupsDeps } from './node-groups.ts'
import type { SharedWrites } from './shared-writes.ts'

/** What is other where several nodes have one database. */
export interface SharedDatabase {
  writes: SharedWrites
  /** What persistent sessions hear. */
  kept: Pick<Fabric, 'subscribe'>
  /** Undefined when all other nodes know to what clients here have subscribed; resolves when they do. */
  told: () => Promise<void> | undefined
  /** Whether the session is this node's. */
  owns: (db: Db, queue: QueueKey) => Promise<boolean>
  firstSessionId: number
  openGroups: (parts: Omit<NodeGroupsDeps, 'nodes'>) => Groups
}
