/** Messages to one connected client, past its subscriptions. Source: AWS IoT Developer Guide, "Direct Messaging". */
import type { Message } from '../../fabric/in-process/index.ts'
import type { Link } from './link.ts'
import type { Outgoing } from './outgoing.ts'

/** Why nothing was sent; or that it was, and, at QoS 1, whether the client acknowledges it before its connection ends. */
export type DirectSending =
  | { refused: 'not-connected' | 'forbidden' | 'too-large' | 'no-room' }
  | { acknowledged?: Promise<boolean> }

/** What is on its way to one client without being kept: nobody sends it again on another connection. */
export class DirectMessages {
  readonly #outgoing: Outgoing
  /** By packet id: told whether it was acknowledged. */
  readonly #waiting = new Map<number, (isAcknowledged: boolean) => void>()

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  send(link: Link, message: Message, isConfirmed: boolean): DirectSending {
    if (!link.mayReceive(message.topic)) return { refused: 'forbidden' }
    if (link.isCongested()) return { refused: 'no-room' }
    if (!isConfirmed) return link.sendOnce(message, false, undefined) ? {} : { refused: 'too-large' }
    const packetId = this.#outgoing.lendPacketId()
    if (packetId === undefined) return { refused: 'no-room' }
    if (!link.send(message, { qos: 1, retain: false, packetId, isDuplicate: false })) {
      this.#outgoing.takeBack(packetId)
      return { refused: 'too-large' }
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#waiting.set(packetId, resolve)
    return { acknowledged: promise }
  }

  /** False for the acknowledgement of another message. */
  answer(packetId: number): boolean {
    const tell = this.#waiting.get(packetId)
    if (!tell) return false
    this.#waiting.delete(packetId)
    this.#outgoing.takeBack(packetId)
    tell(true)
    return true
  }

  /** The connection is over. */
  end(): void {
    for (const [packetId, tell] of this.#waiting) {
      this.#outgoing.takeBack(packetId)
      tell(false)
    }
    this.#waiting.clear()
  }
}
