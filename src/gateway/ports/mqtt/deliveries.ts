import type { Message } from '../../../fabric/in-process/index.ts'
import type { Delivery, Link, Retry } from '../../../messaging/sessions/index.ts'
import type { PublishEncoder, Stamp } from '../codec/encode-publish.ts'
import { encodePubrel } from '../codec/encode.ts'
import type { ProtocolVersion } from '../codec/packets.ts'
import type { DenialReport } from '../denial.ts'
import { refusal } from '../refuse.ts'
import type { Rights } from '../rights.ts'
import type { Client } from './client.ts'
import { replaced } from './ending.ts'
import type { Traffic } from './traffic.ts'
import type { OutboundAliases } from './topic-aliases.ts'

export interface DeliveryDeps {
  version: ProtocolVersion
  rights: Rights
  encoder: PublishEncoder
  aliases: OutboundAliases
  /** Packets above it must not be sent to this client. [MQTT-3.1.2-24] */
  maxPacketBytes: number
  /** QoS 1 and 2 messages that may be unacknowledged at a time. */
  window: number
  retry: Retry | undefined
  /** Bytes that are shared get their stamp when they are written. */
  send: (packet: Uint8Array, stamp?: Stamp) => void
  /** True when the client reads too slowly to be sent more. */
  isCongested: () => boolean
  traffic: Pick<Traffic, 'messagesSent' | 'messagesWithheld'>
  reportDenial: DenialReport
  refuse: Client['refuse']
  end: Client['end']
}

const maxReportedTopics = 100

/** Brings the messages of a session to its connected client: asks for iot:Receive each time, encodes, and sends. */
export class Deliveries implements Link {
  readonly window: number
  readonly retry: Retry | undefined
  readonly isCongested: () => boolean
  readonly #deps: DeliveryDeps
  #deniedTopics: Set<string> | undefined

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
    this.window = deps.window
    this.retry = deps.retry
    this.isCongested = deps.isCongested
  }

  mayReceive(topic: string): boolean {
    if (this.#deps.rights.decide('iot:Receive', topic).effect === 'allow') return true
    this.#deps.traffic.messagesWithheld += 1
    this.#report(topic)
    return false
  }

  sendOnce(
    message: Message,
    retain: boolean,
    subscriptionIdentifiers: readonly number[] | undefined,
  ): boolean {
    const { encoder, version, aliases } = this.#deps
    const alias = version === 5 ? aliases.find(message.topic) : undefined
    if (!alias && !subscriptionIdentifiers) return this.#send(encoder.encodeQos0(message, version, retain))
    const form = {
      version,
      qos: 0,
      retain,
      packetId: 0,
      isDuplicate: false,
      subscriptionIdentifiers,
    } as const
    const isSent = this.#send(encoder.encode(message, { ...form, ...alias }))
    if (isSent && alias) aliases.confirm(message.topic, alias)
    return isSent
  }

  send(message: Message, delivery: Delivery): boolean {
    const { encoder, version, aliases } = this.#deps
    const alias = version === 5 ? aliases.find(message.topic) : undefined
    const { qos, retain, packetId, isDuplicate, expirySeconds, subscriptionIdentifiers } = delivery
    const plain = { version, qos, retain, packetId, isDuplicate, expirySeconds, subscriptionIdentifiers }
    const form = alias ? { ...plain, ...alias } : plain
    const stamped = encoder.encodeStamped(message, form)
    const isSent = this.#send(stamped?.packet ?? encoder.encode(message, form), stamped?.stamp)
    if (isSent && alias) aliases.confirm(message.topic, alias)
    return isSent
  }

  sendRelease(packetId: number, reasonCode = 0): void {
    this.#deps.send(encodePubrel(packetId, this.#deps.version === 5 ? reasonCode : 0))
  }

  /** assumed: a client that acknowledges nothing while so much waits for it is cut off rather than served with gaps. */
  giveUp(): void {
    const error = 'too many messages wait for this client, and it acknowledges none'
    this.#deps.refuse(refusal('slow-consumer', { error }), 'none')
  }

  fail(): void {
    this.#deps.end({ journal: 'internal-failure', disconnectCode: 0x83 })
  }

  replace(): void {
    this.#deps.end(replaced)
  }

  #send(packet: Uint8Array, stamp?: Stamp): boolean {
    if (packet.length > this.#deps.maxPacketBytes) return false
    this.#deps.send(packet, stamp)
    this.#deps.traffic.messagesSent += 1
    return true
  }

  /** Once a topic, so that a busy topic does not fill the journal. */
  #report(topic: string): void {
    const denied = (this.#deniedTopics ??= new Set())
    if (denied.has(topic) || denied.size >= maxReportedTopics) return
    denied.add(topic)
    this.#deps.reportDenial('receive-denied', 'iot:Receive', topic)
  }
}
