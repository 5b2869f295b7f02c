import type { Duplex } from 'node:stream'
import type { JournalEntry, RecordEntry } from '../../../observability/journal/index.ts'
import type { ClientEvents } from '../client-events.ts'
import { decodeConnect, decodeSessionPacket, packetType } from '../codec/decode.ts'
import type { Stamp } from '../codec/encode-publish.ts'
import { encodeConnack, encodeDisconnect, type AnswerProperties } from '../codec/encode.ts'
import { FrameReader, type Frame } from '../codec/frames.ts'
import { PacketFault } from '../codec/packet-fault.ts'
import type { ConnectPacket, ConnectProperties, ProtocolVersion, SessionPacket } from '../codec/packets.ts'
import type { GatewayLimits } from '../limits.ts'
import type { MqttProfile } from '../profile.ts'
import {
  decideAnswer,
  journalCodeOf,
  refusal,
  type Refusal,
  type Refused,
  type RefusalStyle,
} from '../refuse.ts'
import { forgetListeners } from '../forget-listeners.ts'
import { journalledAs } from '../journalled-as.ts'
import type { Client, Peer } from './client.ts'
import { findMove, type ConnectionState } from './connection-states.ts'
import type { Ending } from './ending.ts'
import { explained } from './explained.ts'
import { Outbox, type Flusher } from './outbox.ts'
import { Pace } from './pace.ts'
import { countRefusal, type AccountsTraffic, type Traffic } from './traffic.ts'

export interface ConnectionDeps {
  limits: GatewayLimits
  profile: MqttProfile
  refusals: RefusalStyle
  flusher: Flusher
  traffic: Pick<AccountsTraffic, 'of'>
  /** Told how long a client waited from its first byte until its CONNACK. */
  measureConnect?: ((seconds: number) => void) | undefined
  events: Pick<ClientEvents, 'disconnected'>
  record: RecordEntry
  /** Of those who have not been let in. */
  recordStranger: RecordEntry
  now: () => Date
  /** Epoch milliseconds, only as fine as the sweep. */
  coarseNow: () => number
  /** Judges a CONNECT and ends with `connection.accept` or `connection.end`. Never throws or rejects. */
  connect: (connection: Connection, packet: ConnectPacket) => Promise<void>
  handle: (client: Client, packet: SessionPacket) => void
  onClosed: (connection: Connection) => void
  /** Hears of what a handler threw; the connection is ended then. */
  onBug: (cause: unknown) => void
}

/** MQTT 5.0 3.14.2.1 */
const packetTooLarge = 0x95

/** One MQTT connection: bytes in, packets to their handlers, packets out, and how it ends. */
export class Connection {
  readonly peer: Peer
  /** Of its account. */
  readonly traffic: Traffic
  readonly openedAt: number
  readonly #begunAt = performance.now()
  state: ConnectionState = 'opened'
  version: ProtocolVersion = 4
  clientId: string | undefined
  client: Client | undefined
  /** Called in place of `client.release` when the connection ends after it was granted and before it was accepted. */
  abandon: ((ending: Ending) => void) | undefined
  lastHeardAt: number
  /** Admission has let the certificate in; what the client may do is another question. */
  isAdmitted = false
  /** Set while CONNECT is judged when the certificate was changed meanwhile. */
  isCertificateStale = false
  keepAliveMs = Number.POSITIVE_INFINITY
  /** Packets above it must not be sent to this client. [MQTT-3.1.2-24] */
  maxPacketBytes = Number.POSITIVE_INFINITY
  readonly #stream: Duplex
  readonly #deps: ConnectionDeps
  readonly #frames: FrameReader
  readonly #outbox: Outbox
  readonly #pace: Pace
  #denials = 0
  #restsUntil = 0
  #requested: ConnectProperties = {}
  #errorCode: string | undefined

  constructor(stream: Duplex, peer: Peer, deps: ConnectionDeps) {
    this.#stream = stream
    this.#deps = deps
    this.peer = peer
    this.traffic = deps.traffic.of(peer.accountId)
    this.openedAt = this.lastHeardAt = deps.coarseNow()
    this.#frames = new FrameReader(deps.limits.maxPacketBytes)
    this.#outbox = new Outbox(stream, deps.flusher, {
      maxBytes: deps.limits.maxOutboundBytes,
      onFlushed: () => this.client?.session.settle(),
      onDrained: this.resume,
    })
    this.#pace = new Pace({
      limits: deps.limits,
      now: deps.coarseNow,
      onTooFast: () => this.record('throttled', { error: 'PUBLISH packets come too fast' }),
    })
    stream.on('data', (chunk: Buffer) => this.receive(chunk))
    stream.on('error', (cause: NodeJS.ErrnoException) => (this.#errorCode = cause.code))
    stream.on('close', () => this.#lost())
  }

  receive(chunk: Buffer): void {
    if (this.state === 'closed') return
    if (!this.#deps.flusher.maySend()) return this.destroy() // what comes from here on is nobody's to take
    this.lastHeardAt = this.#deps.coarseNow()
    this.traffic.bytesReceived += chunk.length
    this.#frames.push(chunk)
    if (this.state === 'connected') this.#rest(chunk.length)
    if (this.state === 'judged') this.#stream.pause() // a client may talk ahead, but only so much
    else this.#work()
  }

  /** CONNECT was granted: from now on packets go to the handlers. False when the client cannot be told so. */
  accept(client: Client, connack: Uint8Array, keepAliveSeconds: number): boolean {
    this.send(connack)
    if (this.state === 'closed') return false
    this.traffic.connects += 1
    this.#deps.measureConnect?.((performance.now() - this.#begunAt) / 1000)
    this.abandon = undefined
    this.client = client
    this.state = 'connected'
    this.keepAliveMs = keepAliveSeconds === 0 ? Number.POSITIVE_INFINITY : keepAliveSeconds * 1500 // [MQTT-3.1.2-22]
    client.attach()
    this.resume()
    return true
  }

  /** assumed: who takes no packet as large as the answer to its own is cut off, as it would wait for it in vain. */
  readonly send = (packet: Uint8Array, stamp?: Stamp): void => {
    if (packet.length <= this.maxPacketBytes) return this.#outbox.add(packet, stamp)
    const error = `an answer of ${packet.length} bytes is above the Maximum Packet Size of ${this.maxPacketBytes}`
    this.end({ journal: 'limit-exceeded', details: { error }, disconnectCode: packetTooLarge })
  }

  readonly isCongested = (): boolean => this.#outbox.isFull

  /** Records the refusal; gives the code to acknowledge with, or ends the connection. */
  readonly refuse = ({ reason, details }: Refusal, refused: Refused): number | undefined => {
    const { version } = this
    countRefusal(this.traffic, reason)
    const answer = decideAnswer({ reason, version, style: this.#style }, refused)
    const journal = journalCodeOf(reason)
    if (answer.kind === 'acknowledge') {
      if (this.#denials++ < this.#deps.limits.maxJournalledDenials) this.record(journal, details)
      return answer.code
    }
    const ending = { journal, details, refusal: { reason, details } }
    this.end(answer.kind === 'disconnect' ? { ...ending, disconnectCode: answer.code } : ending)
    return undefined
  }

  get #style(): RefusalStyle {
    return this.peer.guest ? 'explain' : this.#deps.refusals
  }

  readonly explained = (
    refused: Refusal | undefined,
    encode: (properties?: AnswerProperties) => Uint8Array,
  ): Uint8Array => {
    const { version } = this
    const isGuest = this.peer.guest !== undefined
    return explained({ style: this.#style, version, properties: this.#requested, isGuest }, refused, encode)
  }

  /** Ends it in order: no more deliveries, the will, the last words, the journal. */
  readonly end = (ending: Ending): void => {
    const { journal, details, disconnectCode, lastPacket } = ending
    if (this.state === 'closed') return
    const { client } = this
    this.state = 'closed'
    if (client) client.release(ending)
    else this.abandon?.(ending)
    if (lastPacket) this.#sayLast(lastPacket)
    if (disconnectCode !== undefined && client?.version === 5)
      this.#sayLast(
        this.explained(ending.refusal, (properties) => encodeDisconnect(disconnectCode, properties)),
      )
    this.#outbox.flush()
    this.#stream.end()
    this.#stream.resume() // takes in, unread, what the client still sends, so that its close is seen
    this.record(journal, details)
    if (client) this.#deps.events.disconnected(client, ending)
    this.lastHeardAt = this.#deps.coarseNow()
  }

  destroy(): void {
    this.#stream.destroy()
  }

  #sayLast(packet: Uint8Array): void {
    if (packet.length <= this.maxPacketBytes) this.#outbox.add(packet)
  }

  record(code: Ending['journal'], details: Ending['details']): void {
    if (!code) return
    const { accountId, identity, sourceIp } = this.peer
    const thingName = this.client?.thingName
    const who = journalledAs(this.peer, details)
    const entry: JournalEntry = { accountId, code, at: this.#deps.now(), sourceIp, ...who }
    if (this.clientId !== undefined) entry.clientId = this.clientId
    if (thingName !== undefined) entry.thingName = thingName
    if (this.isAdmitted || identity) this.#deps.record(entry)
    else this.#deps.recordStranger(entry)
  }

  /** Reads on later when too much has come at once; what is here already is worked off. */
  #rest(bytes: number): void {
    const restMs = this.#pace.restAfter(bytes)
    if (restMs === 0) return
    this.#restsUntil = this.#deps.coarseNow() + restMs
    this.#stream.pause()
  }

  /** Counts a PUBLISH; false when it is one too many. */
  readonly mayPublish = (): boolean => this.#pace.mayPublish()

  /** Goes on with what had to wait. */
  readonly resume = (): void => {
    this.client?.session.resume()
    this.#work()
    if (!this.#isBusy() && !this.isResting && this.state !== 'judged') this.#stream.resume()
  }

  /** True while a client that sent too much is not read. */
  get isResting(): boolean {
    return this.#restsUntil > this.#deps.coarseNow()
  }

  /** Reads on when the rest is over. */
  wake(): void {
    if (this.#restsUntil === 0 || this.isResting) return
    this.#restsUntil = 0
    this.resume()
  }

  /** Answers are not read, or wait for the disk: take no more requests. MQTT 5 has its own word for the latter. */
  #isBusy(): boolean {
    return this.#outbox.isFull || (this.version === 4 && (this.client?.inbound.isFull ?? false))
  }

  #work(): void {
    try {
      while (this.state !== 'judged' && this.state !== 'closed') {
        if (this.#isBusy()) return void this.#stream.pause()
        const frame = this.#frames.next()
        if (!frame) return
        this.#take(frame)
      }
    } catch (cause) {
      if (cause instanceof PacketFault) {
        if (this.state === 'opened') this.version = cause.version ?? 4
        return this.#refuseFault(refusal(cause.reason, { error: cause.message }))
      }
      this.#deps.onBug(cause)
      this.end({ journal: 'internal-failure', disconnectCode: 0x83 })
    }
  }

  #take(frame: Frame): void {
    const type = packetType(frame)
    const move = findMove(this.state, type, this.#deps.profile)
    if (move === 'wait' || move === 'ignore') return
    if (move !== 'take') {
      const error = `${type.toUpperCase()} is not expected here`
      return this.#refuseFault(refusal(move, { error, packet: type }))
    }
    if (this.client) return this.#deps.handle(this.client, decodeSessionPacket(frame, this.version))
    const packet = decodeConnect(frame)
    this.state = 'judged'
    this.version = packet.version
    this.#requested = packet.properties
    this.maxPacketBytes = packet.properties.maximumPacketSize ?? Number.POSITIVE_INFINITY
    if (packet.clientId !== '') this.clientId = packet.clientId
    void this.#deps.connect(this, packet)
  }

  /** The packet could not be read, so the only one that can be answered is CONNECT. */
  #refuseFault(fault: Refusal): void {
    const isConnecting = this.state === 'opened'
    const code = this.refuse(fault, isConnecting ? 'connect' : 'none')
    if (code === undefined) return
    const connack = (properties?: AnswerProperties) => encodeConnack(this.version, code, properties)
    this.end({ lastPacket: this.explained(fault, connack) })
  }

  #lost(): void {
    const details = { ...(this.#errorCode && { error: this.#errorCode }), state: this.state }
    this.end({ journal: 'connection-lost', details })
    this.#deps.onClosed(this)
    forgetListeners(this.#stream)
  }
}
