/** What sessions need of the server that they are a part of. */
import type { Fabric, Message } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Store } from '../../store/index.ts'
import type { DroppedMessages } from './drops.ts'
import type { SharedDatabase } from './nodes/shared-database.ts'
import type { SessionLimits } from './session-limits.ts'
import type { WhenFull } from './when-full.ts'

export interface SessionsDeps {
  store: Store
  fabric: Pick<Fabric, 'subscribe'>
  /** Where wills go. */
  publish: (message: Message) => Promise<void> | undefined
  now: () => Date
  /** 0 <= x < 1; picks among the members of a shared group. */
  random: () => number
  log: Pick<Log, 'error'>
  /** `drop-newest` unless told. */
  whenFull?: WhenFull | undefined
  /** Hears soon of a session that loses messages, and then once an hour. */
  onDropped: (dropped: DroppedMessages) => void
  /** Absent where one server has the database. */
  shared?: SharedDatabase | undefined
  /** As the fabric was told. */
  doesHashMatchParent?: boolean
  limits?: Partial<SessionLimits>
}
