import type { Message } from '../../fabric/index.ts'
import type { PublishEncoder } from '../codec/encode-publish.ts'
import type { ProtocolVersion } from '../codec/packets.ts'
import type { DenialReport } from '../denial.ts'
import { refusal } from '../refuse.ts'
import type { Rights } from '../rights.ts'
import type { Client } from './client.ts'
import { InFlight, type InFlightLimits } from './in-flight.ts'
import type { SubscriptionOptions } from './session.ts'

export interface DeliveryDeps {
  version: ProtocolVersion
  rights: Rights
  encoder: PublishEncoder
  /** Packets above it must not be sent to this client. [MQTT-3.1.2-24] */
  maxPacketBytes: number
  inFlight: InFlightLimits
  send: (packet: Uint8Array) => void
  /** True when the client reads too slowly to be sent more. */
  isCongested: () => boolean
  reportDenial: DenialReport
  refuse: Client['refuse']
}

const maxReportedTopics = 100

/** Brings messages to one client: asks for iot:Receive each time, sends QoS 0 at once, and keeps QoS 1 in a window. */
export class Deliveries {
  readonly #deps: DeliveryDeps
  readonly #inFlight: InFlight
  #deniedTopics: Set<string> | undefined

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
    this.#inFlight = new InFlight(deps.inFlight)
  }

  deliver(message: Message, options: SubscriptionOptions): void {
    const { rights, encoder, version, isCongested } = this.#deps
    if (rights.decide('iot:Receive', message.topic).effect !== 'allow') return this.#report(message.topic)
    const retain = message.retain && options.retainAsPublished
    if (message.qos === 0 || options.qos === 0) {
      if (!isCongested()) this.#send(encoder.encodeQos0(message, version, retain))
      return
    }
    const packetId = isCongested() ? undefined : this.#inFlight.tryTake()
    if (packetId !== undefined) this.#sendQos1(message, retain, packetId)
    else if (!this.#inFlight.line({ message, retain })) this.#giveUp()
  }

  acknowledge(packetId: number): void {
    this.#inFlight.acknowledge(packetId)
    this.resume()
  }

  /** Sends what stands in line as far as the client takes it. */
  resume(): void {
    while (!this.#deps.isCongested()) {
      const next = this.#inFlight.next()
      if (!next) return
      this.#sendQos1(next.message, next.retain, next.packetId)
    }
  }

  #sendQos1(message: Message, retain: boolean, packetId: number): void {
    const { encoder, version } = this.#deps
    const isSent = this.#send(encoder.encodeQos1(message, version, retain, packetId))
    if (!isSent) this.#inFlight.acknowledge(packetId) // counts as delivered [MQTT-3.1.2-25]
  }

  #send(packet: Uint8Array): boolean {
    if (packet.length > this.#deps.maxPacketBytes) return false
    this.#deps.send(packet)
    return true
  }

  /** Once a topic, so that a busy topic does not fill the journal. */
  #report(topic: string): void {
    const denied = (this.#deniedTopics ??= new Set())
    if (denied.has(topic) || denied.size >= maxReportedTopics) return
    denied.add(topic)
    this.#deps.reportDenial('receive-denied', 'iot:Receive', topic)
  }

  /** assumed: a client that leaves so much QoS 1 unacknowledged is cut off rather than served with gaps. */
  #giveUp(): void {
    this.#deps.refuse(refusal('slow-consumer', { error: 'too many messages wait for this client' }), 'none')
  }
}
