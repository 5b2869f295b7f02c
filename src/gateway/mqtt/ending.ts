import type { JournalCode } from '../../journal/index.ts'
import type { RefusalDetails } from '../refuse.ts'

/** How a connection ends. */
export interface Ending {
  /** Absent when it has been recorded already. */
  journal?: JournalCode | undefined
  details?: RefusalDetails
  /** Said to MQTT 5 clients in DISCONNECT. */
  disconnectCode?: number
  /** Sent before the end, e.g. a CONNACK that refuses. */
  lastPacket?: Uint8Array
  /** True when the client took its leave, so that its will is not published. [MQTT-3.14.4-3] */
  isClean?: boolean
}
