import { setTimeout as pause } from 'node:timers/promises'
import type { Message } from '../../fabric/in-process/index.ts'
import { protocolOf, type Client } from './mqtt/client.ts'
import type { ClientPage, Clients } from './mqtt/clients.ts'
import type { MaybePromise } from '../../lib/maybe-promise.ts'
import type { Sessions } from '../../messaging/sessions/index.ts'
import { presenceKey, type EndedPresence, type Presences } from './presence.ts'

/** A connected client, as the API shows it. */
interface ClientConnection {
  clientId: string
  thingName: string | undefined
  isCleanSession: boolean
  /** As the client asked; 0 for none. */
  keepAliveSeconds: number
  /** How long the session is kept after the client has gone. */
  sessionExpirySeconds: number
  /** Epoch milliseconds. */
  connectedAt: number | undefined
  sourceIp: string
}

/** A line of the list of clients. */
interface ListedConnection extends ClientConnection {
  certificateId: string | undefined
  /** ARN of whoever signed, or of the person who came through the console. */
  identityArn: string | undefined
  protocol: string
  subscriptionCount: number
  /** Messages of QoS 1 and 2 that wait for the client, or for its acknowledgement. */
  queuedMessages: number
  /** Messages that its session lost since the server was started, for whatever reason. */
  droppedMessages: number
}

interface SubscriptionSummary {
  /** As the client wrote it. */
  filter: string
  qos: 0 | 1 | 2
}

interface EndOptions {
  /** The session goes with the connection, whatever the client asked for. */
  isSessionCleaned: boolean
  isWillPrevented: boolean
}

interface DirectMessage {
  message: Message
  /** Milliseconds in which the client has to acknowledge it; absent: it is sent at QoS 0. */
  confirmWithinMs?: number
}

/** `sent` at QoS 0, `confirmed` by the client; why not. `left`: its connection ended before it acknowledged the message. */
export type DirectOutcome =
  | 'sent'
  | 'confirmed'
  | 'forbidden'
  | 'too-large'
  | 'no-room'
  | 'not-confirmed'
  | 'left'

/** What the API may ask and do about MQTT clients. */
export interface Connections {
  /** `undefined` when the client is not connected. */
  find: (accountId: string, clientId: string) => MaybePromise<ClientConnection | undefined>
  /** `undefined` when the client is connected, or has not been for long. */
  findEnded: (accountId: string, clientId: string) => MaybePromise<EndedPresence | undefined>
  /** Those that are connected, by client id; what a page costs does not depend on how many there are. */
  list: (accountId: string, page: ClientPage) => MaybePromise<ListedConnection[]>
  /**
   * False when there is nothing to end: the client is not connected, and has no session that is to be cleaned. Resolves
   * once it is durable.
   */
  end: (accountId: string, clientId: string, options: EndOptions) => Promise<boolean>
  /** Also those of a client that is away and whose session is kept; `undefined` without a session. */
  listSubscriptions: (accountId: string, clientId: string) => Promise<SubscriptionSummary[] | undefined>
  /** Past its subscriptions, if it may receive from the topic. `undefined` when the client is not connected. */
  sendDirect: (
    accountId: string,
    clientId: string,
    direct: DirectMessage,
  ) => Promise<DirectOutcome | undefined>
}

export interface ConnectionsDeps {
  clients: Pick<Clients, 'find' | 'list'>
  sessions: Pick<Sessions, 'find' | 'describe' | 'remove' | 'flushed'>
  presences: Pick<Presences, 'findEnded'>
}

/** MQTT 5.0 3.14.2.1: administrative action. */
const administrativeAction = 0x98

export function createConnections({ clients, sessions, presences }: ConnectionsDeps): Connections {
  return {
    find(accountId, clientId) {
      const client = clients.find(accountId, clientId)
      return client && describe(client)
    },
    findEnded(accountId, clientId) {
      if (clients.find(accountId, clientId)) return undefined
      return presences.findEnded(presenceKey(accountId, clientId))
    },
    list: (accountId, page) => clients.list(accountId, page).map((client) => describeLine(client, sessions)),
    async end(accountId, clientId, { isSessionCleaned, isWillPrevented }) {
      const client = clients.find(accountId, clientId)
      if (!client)
        return isSessionCleaned && (await cleanSession(sessions, { accountId, clientId }, isWillPrevented))
      client.end({
        journal: 'connection-deleted',
        disconnectCode: administrativeAction,
        isClean: isWillPrevented,
        isSessionCleaned,
      })
      if (isSessionCleaned) await sessions.flushed()
      return true
    },
    async listSubscriptions(accountId, clientId) {
      return sessions.find(accountId, clientId)?.summaries
    },
    sendDirect: (accountId, clientId, direct) => sendDirect(clients.find(accountId, clientId), direct),
  }
}

/** assumed: AWS cleans the session of a client that is away too. */
async function cleanSession(
  sessions: ConnectionsDeps['sessions'],
  { accountId, clientId }: Record<'accountId' | 'clientId', string>,
  isWillPrevented: boolean,
): Promise<boolean> {
  const session = sessions.find(accountId, clientId)
  if (!session) return false
  if (isWillPrevented) session.will = undefined
  if (!sessions.remove(session)) return false
  await sessions.flushed()
  return true
}

async function sendDirect(
  client: Client | undefined,
  { message, confirmWithinMs }: DirectMessage,
): Promise<DirectOutcome | undefined> {
  const sending = client?.session.sendDirect(message, confirmWithinMs !== undefined)
  if (!sending) return undefined
  if ('refused' in sending) return sending.refused === 'not-connected' ? undefined : sending.refused
  if (!sending.acknowledged) return 'sent'
  return confirmation(sending.acknowledged, confirmWithinMs)
}

async function confirmation(
  acknowledged: Promise<boolean>,
  withinMs: number | undefined,
): Promise<DirectOutcome> {
  const stopped = new AbortController()
  const late = pause(withinMs, 'not-confirmed' as const, { signal: stopped.signal }).catch(
    () => 'left' as const,
  )
  const answered = acknowledged.then((is) => (is ? 'confirmed' : 'left'))
  const outcome = await Promise.race([answered, late])
  stopped.abort()
  return outcome
}

function describe({
  clientId,
  thingName,
  keepAliveSeconds,
  presence,
  peer,
  session,
}: Client): ClientConnection {
  return {
    clientId,
    thingName,
    keepAliveSeconds,
    connectedAt: presence?.connectedAt,
    sourceIp: peer.sourceIp,
    isCleanSession: !session.isPersistent,
    sessionExpirySeconds: session.expirySeconds,
  }
}

const sum = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

function describeLine(client: Client, sessions: Pick<Sessions, 'describe'>): ListedConnection {
  const { peer, session, version, clientId } = client
  return {
    ...describe(client),
    certificateId: peer.certificateId,
    identityArn: peer.guest?.arn ?? peer.identity?.arn,
    protocol: protocolOf(version, peer),
    subscriptionCount: session.subscriptionCount,
    queuedMessages: session.queuedMessages,
    droppedMessages: sum(sessions.describe(peer.accountId, clientId)?.dropped),
  }
}
