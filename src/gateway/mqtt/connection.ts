import type { Duplex } from 'node:stream'
import type { Message } from '../../fabric/index.ts'
import type { RecordEntry } from '../../journal/index.ts'
import { decodeConnect, decodeSessionPacket, packetType } from '../codec/decode.ts'
import { encodeDisconnect } from '../codec/encode.ts'
import { FrameReader, type Frame } from '../codec/frames.ts'
import { PacketFault } from '../codec/packet-fault.ts'
import type { ConnectPacket, ProtocolVersion, SessionPacket } from '../codec/packets.ts'
import type { GatewayLimits } from '../limits.ts'
import { decideAnswer, journalCodeOf, refusal, type Refusal, type Refused } from '../refuse.ts'
import type { Client, Peer } from './client.ts'
import { moves, type ConnectionState } from './connection-states.ts'
import type { Ending } from './ending.ts'
import { Outbox, type Flusher } from './outbox.ts'

export interface ConnectionDeps {
  limits: GatewayLimits
  flusher: Flusher
  publishWill: (will: Message) => void
  record: RecordEntry
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

/** One MQTT connection: bytes in, packets to their handlers, packets out, and how it ends. */
export class Connection {
  readonly peer: Peer
  readonly openedAt: number
  state: ConnectionState = 'opened'
  version: ProtocolVersion = 4
  clientId: string | undefined
  client: Client | undefined
  lastHeardAt: number
  /** Set while CONNECT is judged when the certificate was changed meanwhile. */
  isCertificateStale = false
  keepAliveMs = Number.POSITIVE_INFINITY
  readonly #stream: Duplex
  readonly #deps: ConnectionDeps
  readonly #frames: FrameReader
  readonly #outbox: Outbox
  #denials = 0
  #errorCode: string | undefined

  constructor(stream: Duplex, peer: Peer, deps: ConnectionDeps) {
    this.#stream = stream
    this.#deps = deps
    this.peer = peer
    this.openedAt = this.lastHeardAt = deps.coarseNow()
    this.#frames = new FrameReader(deps.limits.maxPacketBytes)
    this.#outbox = new Outbox(stream, deps.flusher, {
      maxBytes: deps.limits.maxOutboundBytes,
      onFlushed: () => this.client?.session.settle(),
      onDrained: () => this.#resume(),
    })
    stream.on('data', (chunk: Buffer) => this.receive(chunk))
    stream.on('error', (cause: NodeJS.ErrnoException) => (this.#errorCode = cause.code))
    stream.on('close', () => this.#lost())
  }

  receive(chunk: Buffer): void {
    if (this.state === 'closed') return
    this.lastHeardAt = this.#deps.coarseNow()
    this.#frames.push(chunk)
    if (this.state === 'judged') this.#stream.pause() // a client may talk ahead, but only so much
    else this.#work()
  }

  /** CONNECT was granted: from now on packets go to the handlers. */
  accept(client: Client, connack: Uint8Array, keepAliveSeconds: number): void {
    this.client = client
    this.state = 'connected'
    this.keepAliveMs = keepAliveSeconds * 1500 // [MQTT-3.1.2-22]
    this.send(connack)
    this.#resume()
  }

  readonly send = (packet: Uint8Array): void => this.#outbox.add(packet)

  readonly isCongested = (): boolean => this.#outbox.isFull

  /** Records the refusal; gives the code to acknowledge with, or ends the connection. */
  readonly refuse = ({ reason, details }: Refusal, refused: Refused): number | undefined => {
    const answer = decideAnswer(reason, this.version, refused)
    const journal = journalCodeOf(reason)
    if (answer.kind === 'acknowledge') {
      if (this.#denials++ < this.#deps.limits.maxJournalledDenials) this.record(journal, details)
      return answer.code
    }
    const ending = { journal, details }
    this.end(answer.kind === 'disconnect' ? { ...ending, disconnectCode: answer.code } : ending)
    return undefined
  }

  /** Ends it in order: no more deliveries, the will, the last words, the journal. */
  readonly end = ({ journal, details, disconnectCode, lastPacket, isClean = false }: Ending): void => {
    if (this.state === 'closed') return
    const { client } = this
    this.state = 'closed'
    client?.release()
    if (client?.will && !isClean) this.#deps.publishWill(client.will)
    if (lastPacket) this.#outbox.add(lastPacket)
    if (disconnectCode !== undefined && client?.version === 5)
      this.#outbox.add(encodeDisconnect(disconnectCode))
    this.#outbox.flush()
    this.#stream.end()
    this.#stream.resume() // takes in, unread, what the client still sends, so that its close is seen
    this.record(journal, details)
    this.lastHeardAt = this.#deps.coarseNow()
  }

  destroy(): void {
    this.#stream.destroy()
  }

  record(code: Ending['journal'], details: Ending['details']): void {
    if (!code) return
    const { accountId, certificateId, sourceIp } = this.peer
    const thingName = this.client?.thingName
    this.#deps.record({
      accountId,
      code,
      at: this.#deps.now(),
      sourceIp,
      ...(certificateId !== undefined && { certificateId }),
      ...(this.clientId !== undefined && { clientId: this.clientId }),
      ...(thingName !== undefined && { thingName }),
      ...(details && { details }),
    })
  }

  #resume(): void {
    this.client?.deliveries.resume()
    this.#work()
    if (!this.#outbox.isFull && this.state !== 'judged') this.#stream.resume()
  }

  #work(): void {
    try {
      while (this.state !== 'judged' && this.state !== 'closed') {
        if (this.#outbox.isFull) return void this.#stream.pause() // answers are not read: take no more requests
        const frame = this.#frames.next()
        if (!frame) return
        this.#take(frame)
      }
    } catch (cause) {
      if (cause instanceof PacketFault)
        return this.#refuseFault(refusal(cause.reason, { error: cause.message }))
      this.#deps.onBug(cause)
      this.end({ journal: 'connection-lost', details: { error: 'internal failure' }, disconnectCode: 0x83 })
    }
  }

  #take(frame: Frame): void {
    const type = packetType(frame)
    const move = moves[this.state][type]
    if (move === 'wait' || move === 'ignore') return
    if (move !== 'take') {
      const error = `${type.toUpperCase()} is not expected here`
      return this.#refuseFault(refusal(move, { error, packet: type }))
    }
    if (this.client) return this.#deps.handle(this.client, decodeSessionPacket(frame, this.version))
    const packet = decodeConnect(frame)
    this.state = 'judged'
    this.version = packet.version
    if (packet.clientId !== '') this.clientId = packet.clientId
    void this.#deps.connect(this, packet)
  }

  /** The packet could not be read, so the only one that can be answered is CONNECT. */
  #refuseFault(fault: Refusal): void {
    const isConnecting = this.state === 'opened'
    const code = this.refuse(fault, isConnecting ? 'connect' : 'none')
    if (code !== undefined) this.end({ lastPacket: Buffer.from([0x20, 2, 0, code]) })
  }

  #lost(): void {
    const details = { ...(this.#errorCode && { error: this.#errorCode }), state: this.state }
    this.end({ journal: 'connection-lost', details })
    this.#deps.onClosed(this)
  }
}
