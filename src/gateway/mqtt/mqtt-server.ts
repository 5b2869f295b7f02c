import type { Duplex } from 'node:stream'
import { RetainedLimitError, type Messages } from '../../data-plane/index.ts'
import type { Change, Fabric } from '../../fabric/index.ts'
import type { JournalCode, RecordEntry } from '../../journal/index.ts'
import type { Log } from '../../lib/log.ts'
import { PublishEncoder } from '../codec/encode-publish.ts'
import { encodeConnack } from '../codec/encode.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import { acceptClient } from '../packets/accept.ts'
import { judgeConnect, type Attempt, type ConnectDeps } from '../packets/connect.ts'
import { handlePacket } from '../packets/handlers.ts'
import type { Peer } from './client.ts'
import { Clients } from './clients.ts'
import { Connection, type ConnectionDeps } from './connection.ts'
import { Flusher } from './outbox.ts'

export interface MqttServerDeps extends ConnectDeps {
  fabric: Pick<Fabric, 'subscribe' | 'onChange'>
  messages: Pick<Messages, 'publish' | 'findRetained'>
  record: RecordEntry
  log: Pick<Log, 'error'>
  now: () => Date
}

/** How long a connection that was ended may take to close. */
const lingerMs = 2000

/** All MQTT connections of this process, whichever listener they came from. */
export class MqttServer implements Disposable {
  readonly #deps: MqttServerDeps
  readonly #clients = new Clients()
  readonly #connections = new Set<Connection>()
  /** Those whose certificate may change while they are open. */
  readonly #byCertificate = new Map<string, Set<Connection>>()
  readonly #connectionDeps: ConnectionDeps
  readonly #encoder = new PublishEncoder()
  readonly #sweep: NodeJS.Timeout
  readonly #changes: Disposable
  #time: number

  constructor(deps: MqttServerDeps) {
    const { fabric, messages, limits, record, now, log } = deps
    this.#deps = deps
    this.#time = now().getTime()
    const onBug = (cause: unknown) => log.error({ err: cause }, 'an MQTT packet could not be handled')
    const handlerDeps = { messages, limits, encoder: this.#encoder, now, onBug }
    this.#connectionDeps = {
      publishWill: (will) =>
        void messages.publish(will)?.catch((cause: unknown) => {
          if (!(cause instanceof RetainedLimitError)) onBug(cause) // nobody waits for an answer
        }),
      limits,
      record,
      now,
      flusher: new Flusher(),
      coarseNow: () => this.#time,
      connect: (connection, packet) => this.#connect(connection, packet),
      handle: (client, packet) => handlePacket(client, packet, handlerDeps),
      onClosed: (connection) => this.#forget(connection),
      onBug,
    }
    this.#changes = fabric.onChange((change) => this.#enforce(change))
    this.#sweep = setInterval(() => this.#checkTimes(), limits.sweepIntervalMs)
    this.#sweep.unref()
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get clientCount(): number {
    return this.#clients.size
  }

  /** `firstBytes` have been read from the stream already. */
  take(stream: Duplex, peer: Peer, firstBytes: Buffer): void {
    const connection = new Connection(stream, peer, this.#connectionDeps)
    this.#connections.add(connection)
    if (peer.certificateId !== undefined) {
      const key = `${peer.accountId}/${peer.certificateId}`
      const same = this.#byCertificate.get(key)
      if (same) same.add(connection)
      else this.#byCertificate.set(key, new Set([connection]))
    }
    connection.receive(firstBytes)
  }

  /** Ends all connections. Subscriptions go first, so that wills reach the rest of the server and no leaving client. */
  [Symbol.dispose](): void {
    clearInterval(this.#sweep)
    this.#changes[Symbol.dispose]()
    for (const client of this.#clients.all()) client.session.end()
    for (const connection of this.#connections) {
      connection.end({ journal: 'server-stopping', disconnectCode: 0x8b })
    }
  }

  async #connect(connection: Connection, packet: ConnectPacket): Promise<void> {
    const attempt: Attempt = { connection, packet, clientId: packet.clientId }
    try {
      const refused = await judgeConnect(attempt, this.#deps)
      const { authorization, rights } = attempt
      if (refused || connection.state === 'closed' || !authorization || !rights) {
        authorization?.[Symbol.dispose]()
        const code = refused && connection.refuse(refused, 'connect')
        if (code !== undefined) connection.end({ lastPacket: encodeConnack(packet.version, code) })
        return
      }
      acceptClient({ ...attempt, authorization, rights }, this.#acceptDeps())
    } catch (cause) {
      this.#deps.log.error({ err: cause }, 'a CONNECT could not be judged')
      attempt.authorization?.[Symbol.dispose]()
      connection.end({ journal: 'connection-lost', details: { error: 'internal failure' } })
    }
  }

  #acceptDeps() {
    const { fabric, limits } = this.#deps
    return { fabric, limits, clients: this.#clients, encoder: this.#encoder }
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    const { accountId, certificateId } = connection.peer
    const key = `${accountId}/${certificateId}`
    const same = this.#byCertificate.get(key)
    same?.delete(connection)
    if (same?.size === 0) this.#byCertificate.delete(key)
  }

  /** A certificate that is not ACTIVE any more loses its connections before the change is answered. */
  async #enforce({ kind, accountId, id }: Change): Promise<void> {
    const affected = kind === 'certificate' ? this.#byCertificate.get(`${accountId}/${id}`) : undefined
    if (!affected) return
    for (const connection of affected) if (connection.state === 'judged') connection.isCertificateStale = true
    const status = await this.#deps.certificateStatus(accountId, id)
    if (status === 'ACTIVE') return
    const ending = {
      journal: reasonOf(status),
      details: { status: status ?? 'deleted' },
      disconnectCode: 0x87,
    }
    for (const connection of affected) if (connection.state === 'connected') connection.end(ending)
  }

  #checkTimes(): void {
    this.#time = this.#deps.now().getTime()
    for (const connection of this.#connections) this.#checkTime(connection)
  }

  #checkTime(connection: Connection): void {
    const { state, openedAt, lastHeardAt, keepAliveMs } = connection
    const silenceMs = this.#time - lastHeardAt
    const { connectTimeoutMs } = this.#deps.limits
    if (state === 'closed' && silenceMs > lingerMs) connection.destroy()
    if (state === 'opened' && this.#time - openedAt > connectTimeoutMs) {
      connection.end({
        journal: 'protocol-error',
        details: { error: `no CONNECT within ${connectTimeoutMs} ms` },
      })
    }
    if (state === 'connected' && silenceMs > keepAliveMs) {
      connection.end({ journal: 'keep-alive-timeout', disconnectCode: 0x8d })
    }
  }
}

function reasonOf(status: string | undefined): JournalCode {
  if (status === undefined) return 'certificate-deleted'
  return status === 'REVOKED' ? 'certificate-revoked' : 'certificate-inactive'
}
