import type { JournalCode } from '../../../observability/journal/index.ts'
import type { Refusal, RefusalDetails } from '../refuse.ts'

/** How a connection ends. */
export interface Ending {
  /** Absent when it has been recorded already. */
  journal?: JournalCode | undefined
  details?: RefusalDetails
  /** Said to MQTT 5 clients in DISCONNECT. */
  disconnectCode?: number
  /** What the DISCONNECT may explain. */
  refusal?: Refusal
  /** Sent before the end, e.g. a CONNACK that refuses. */
  lastPacket?: Uint8Array
  /** True when the client took its leave, so that its will is not published. [MQTT-3.14.4-3] */
  isClean?: boolean
  /** True when the session goes with the connection, however long the client wanted it kept. */
  isSessionCleaned?: boolean
  /** The client's last word on how long its session is kept. MQTT 5.0 3.14.2.2.2 */
  sessionExpirySeconds?: number | undefined
}

/** By another connection of its client id. [MQTT-3.1.4-3] */
export const replaced = { journal: 'client-replaced', disconnectCode: 0x8e } as const
