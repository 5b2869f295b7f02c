import { untraced, type Trace } from '../../../lib/trace.ts'
import type { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { Messages } from '../../../messaging/data-plane/index.ts'
import type { Fabric } from '../../../fabric/in-process/index.ts'
import type { RecordEntry } from '../../../observability/journal/index.ts'
import type { Log } from '../../../lib/log.ts'
import type { Sessions } from '../../../messaging/sessions/index.ts'
import type { RevocationDeps } from '../authorization.ts'
import type { ClientClaims } from '../client-claims.ts'
import { tellAll, type ClientEvents, type FailedConnect } from '../client-events.ts'
import { PublishEncoder } from '../codec/encode-publish.ts'
import { encodeConnack, type AnswerProperties } from '../codec/encode.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import { ConnectRates } from '../connect-rates.ts'
import { createConnections, type Connections } from '../connections.ts'
import { LifecycleEvents } from '../lifecycle-events.ts'
import { Presences } from '../presence.ts'
import { acceptClient, isGranted, type AcceptDeps } from '../packets/accept.ts'
import { judgeConnect, type Attempt, type ConnectDeps } from '../packets/connect.ts'
import type { HandlerDeps } from '../packets/handler.ts'
import { handlePacket } from '../packets/handlers.ts'
import type { Refusal, RefusalStyle } from '../refuse.ts'
import type { Peer } from './client.ts'
import { Clients } from './clients.ts'
import { Connection, type ConnectionDeps } from './connection.ts'
import { replaced } from './ending.ts'
import { Enforcement } from './enforcement.ts'
import { Flusher } from './outbox.ts'
import { AccountsTraffic } from './traffic.ts'

export interface MqttServerDeps extends Omit<ConnectDeps, 'connectRates'> {
  fabric: Pick<Fabric, 'subscribe' | 'onChange' | 'publish' | 'hasSubscribers'>
  messages: Pick<Messages, 'publish' | 'matchRetained' | 'findRetained'>
  sessions: Pick<Sessions, 'bring' | 'open' | 'close' | 'find' | 'describe' | 'remove' | 'flushed'>
  record: RecordEntry
  /** Of those who have not been let in. */
  recordStranger: RecordEntry
  /** Absent when no revocation lists are kept. */
  revocations?: RevocationDeps | undefined
  /** Hears of clients beside the lifecycle events. */
  clientEvents?: Partial<ClientEvents> | undefined
  /** Absent where there are no other nodes. */
  claims?: ClientClaims | undefined
  mayServe?: (() => boolean) | undefined
  log: Pick<Log, 'error'>
  refusals: RefusalStyle
  measureConnect?: ConnectionDeps['measureConnect']
  measurePublish?: HandlerDeps['measurePublish']
  /** Absent: nobody is told what a CONNECT leads to. */
  trace?: Trace | undefined
  now: () => Date
}

const accountClosed = { journal: 'account-closed', disconnectCode: 0x87 } as const
const stopping = { journal: 'server-stopping', disconnectCode: 0x8b } as const

/** Of clients that are sent elsewhere: so many waves at most, none smaller than that, and how long between them. */
const wavesAtMost = 20
const smallestWave = 50
const waveMs = 250

/** How long a connection that was ended may take to close. */
const lingerMs = 2000

/** All MQTT connections of this process, whichever listener they came from. */
export class MqttServer implements Disposable {
  readonly #deps: MqttServerDeps
  readonly #clients = new Clients()
  readonly #connections = new Set<Connection>()
  readonly #presences = new Presences()
  readonly #events: ClientEvents
  readonly #enforcement: Enforcement
  readonly #connectionDeps: ConnectionDeps
  readonly #encoder = new PublishEncoder()
  /** What passed since the start. */
  readonly traffic = new AccountsTraffic()
  readonly #flusher: Flusher
  readonly #sweep: NodeJS.Timeout
  readonly #connectRates: ConnectRates
  readonly #connectDeps: ConnectDeps
  readonly #acceptDeps: AcceptDeps
  readonly #changes: Disposable
  #time: number

  constructor(deps: MqttServerDeps) {
    const { fabric, limits, profile, refusals, record, recordStranger, now, log } = deps
    this.#deps = deps
    this.#flusher = new Flusher(deps.mayServe)
    this.#time = now().getTime()
    this.#connectRates = new ConnectRates(limits)
    this.#connectDeps = { ...deps, connectRates: this.#connectRates }
    this.connections = createConnections({ ...deps, clients: this.#clients, presences: this.#presences })
    const onBug = (cause: unknown) => log.error({ err: cause }, 'an MQTT packet could not be handled')
    const lifecycle = new LifecycleEvents({ fabric, presences: this.#presences, now })
    this.#enforcement = new Enforcement({
      ...deps,
      events: { unsubscribed: (client, filters) => this.#events.unsubscribed(client, filters) },
      onBug,
    })
    const events = (this.#events = tellAll(lifecycle, this.#enforcement, deps.clientEvents ?? {}))
    this.#acceptDeps = { ...deps, events, clients: this.#clients, encoder: this.#encoder }
    const handlerDeps = { ...deps, events, encoder: this.#encoder, onBug }
    this.#connectionDeps = {
      limits,
      profile,
      refusals,
      record,
      recordStranger,
      events,
      now,
      flusher: this.#flusher,
      traffic: this.traffic,
      measureConnect: deps.measureConnect,
      coarseNow: () => this.#time,
      connect: (connection, packet) => this.#begin(connection, packet),
      handle: (client, packet) => handlePacket(client, packet, handlerDeps),
      onClosed: (connection) => this.#forget(connection),
      onBug,
    }
    this.#changes = fabric.onChange((change) => this.#enforcement.enforce(change))
    deps.claims?.onClaimed((claim, isLaterThan) => this.#heedClaim(claim, isLaterThan))
    this.#sweep = setInterval(() => this.#checkTimes(), limits.sweepIntervalMs).unref()
  }

  /** What the API may ask and do about clients. */
  readonly connections: Connections

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Without TLS. */
  get bytesSent(): number {
    return this.#flusher.written
  }

  get clientCount(): number {
    return this.#clients.size
  }

  /** `firstBytes` have been read from the stream already. */
  take(stream: Duplex, peer: Peer, firstBytes: Buffer): Connection {
    const connection = new Connection(stream, peer, this.#connectionDeps)
    this.#connections.add(connection)
    this.#enforcement.watch(connection)
    connection.receive(firstBytes)
    return connection
  }

  /** So that clients come back elsewhere one after the other. Resolves when the last has been told. */
  async endInWaves(): Promise<void> {
    const connections = [...this.#connections]
    const wave = Math.max(Math.ceil(connections.length / wavesAtMost), smallestWave)
    for (let at = 0; at < connections.length; at += wave) {
      if (at > 0) await wait(waveMs)
      for (const connection of connections.slice(at, at + wave)) connection.end(stopping)
    }
    for (const connection of this.#connections) connection.end(stopping) // who came over another port meanwhile
  }

  /** Whoever it is, and however far it has come. */
  endAccount(accountId: string): void {
    for (const connection of this.#connections)
      if (connection.peer.accountId === accountId) connection.end(accountClosed)
  }

  /** Ends all connections. Subscriptions go first, so that wills reach the rest of the server and no leaving client. */
  [Symbol.dispose](): void {
    clearInterval(this.#sweep)
    this.#changes[Symbol.dispose]()
    for (const { session } of this.#clients.all()) if (!session.isPersistent) session.end()
    for (const connection of this.#connections) connection.end(stopping)
  }

  #begin(connection: Connection, packet: ConnectPacket): Promise<void> {
    const { trace = untraced } = this.#deps
    const { accountId, certificateId, sourceIp } = connection.peer
    const attributes = {
      'cloud.account.id': accountId,
      'muster.certificate_id': certificateId,
      'client.address': sourceIp,
    }
    return trace({ name: 'mqtt connect', kind: 'server', attributes }, async (tell) => {
      await this.#connect(connection, packet)
      const { clientId, state } = connection
      tell({ 'muster.client_id': clientId, 'muster.accepted': state === 'connected' })
    })
  }

  async #connect(connection: Connection, packet: ConnectPacket): Promise<void> {
    const attempt: Attempt = { connection, packet, clientId: packet.clientId }
    try {
      const refused = await judgeConnect(attempt, this.#connectDeps)
      if (refused || connection.state === 'closed' || !isGranted(attempt))
        return this.#refuse(attempt, refused)
      const accepted = acceptClient(attempt, this.#acceptDeps)
      if (accepted) await accepted
      if (connection.isCertificateStale) await this.#enforcement.recheck(connection)
    } catch (cause) {
      this.#deps.log.error({ err: cause }, 'a CONNECT could not be judged')
      attempt.authorization?.[Symbol.dispose]()
      connection.end({ journal: 'internal-failure' })
    }
  }

  #refuse(attempt: Attempt, refused: Refusal | undefined): void {
    const { connection, packet, authorization } = attempt
    if (refused) this.#events.connectFailed(describeAttempt(attempt), refused)
    authorization?.[Symbol.dispose]()
    const code = refused && connection.refuse(refused, 'connect')
    if (code === undefined) return
    const connack = (properties?: AnswerProperties) => encodeConnack(packet.version, code, properties)
    connection.end({ lastPacket: connection.explained(refused, connack) })
  }

  /** Of another node's client. */
  #heedClaim(
    { accountId, clientId }: { accountId: string; clientId: string },
    isLaterThan: (own: number) => boolean,
  ): void {
    const client = this.#clients.find(accountId, clientId)
    if (client?.claimedAs !== undefined && isLaterThan(client.claimedAs)) client.end(replaced)
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    this.#enforcement.forget(connection)
  }

  #checkTimes(): void {
    this.#time = this.#deps.now().getTime()
    for (const connection of this.#connections) this.#checkTime(connection)
    this.#enforcement.sweep(this.#time)
    this.#connectRates.forget(this.#time)
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
    if (state === 'connected') connection.wake()
    if (state === 'connected' && silenceMs > keepAliveMs) {
      connection.end({ journal: 'keep-alive-timeout', disconnectCode: 0x8d })
    }
  }
}

function describeAttempt({ connection: { peer }, clientId, authorization }: Attempt): FailedConnect {
  if (peer.guest) return { peer, clientId }
  const { thingName, isThingExclusive } = authorization ?? {}
  return { peer, clientId, thingName, isThingExclusive }
}
