/** From a CONNECT that may come in to a connected client and its CONNACK. */
import type { Message } from '../../../fabric/in-process/index.ts'
import type { Session, Sessions, Will } from '../../../messaging/sessions/index.ts'
import type { ClientClaims } from '../client-claims.ts'
import type { ClientEvents } from '../client-events.ts'
import type { PublishEncoder } from '../codec/encode-publish.ts'
import { encodeConnack, type ConnackProperties } from '../codec/encode.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import { denialDetails, type DenialReport } from '../denial.ts'
import type { GatewayLimits } from '../limits.ts'
import { principalOf, protocolOf, type Client } from '../mqtt/client.ts'
import type { Clients } from '../mqtt/clients.ts'
import type { Connection } from '../mqtt/connection.ts'
import { Deliveries } from '../mqtt/deliveries.ts'
import { replaced, type Ending } from '../mqtt/ending.ts'
import { judgeSubscriptions, type JudgeDeps } from '../mqtt/judge-client.ts'
import { Inbound } from '../mqtt/inbound.ts'
import { OutboundAliases } from '../mqtt/topic-aliases.ts'
import { retryOf } from '../mqtt/retry.ts'
import type { MqttProfile } from '../profile.ts'
import { judgedClientIdOf, type Attempt } from './connect.ts'
import { tellGuest } from './guest.ts'
import { withinExpiry } from './publish.ts'

export interface AcceptDeps extends Omit<JudgeDeps, 'events'> {
  sessions: Pick<Sessions, 'open' | 'close'>
  clients: Clients
  encoder: PublishEncoder
  limits: GatewayLimits
  profile: MqttProfile
  events: Pick<ClientEvents, 'connected' | 'unsubscribed'>
  claims?: Pick<ClientClaims, 'claim'> | undefined
}

type Optional = 'certificate' | 'connectConditions' | 'judgedClientId' | 'judgedVersion'
type Granted = Required<Omit<Attempt, Optional>> & Pick<Attempt, Optional>

/** True when every step of `judgeConnect` has let it pass. */
export const isGranted = (attempt: Attempt): attempt is Granted =>
  attempt.authorization !== undefined && attempt.rights !== undefined

/**
 * Takes the client id over from whoever had it, opens the session, then answers: a promise, when the session has to
 * be durable first.
 */
export function acceptClient(granted: Granted, deps: AcceptDeps): Promise<void> | undefined {
  const { connection, packet, clientId } = granted
  // whoever had the client id leaves its session first [MQTT-3.1.4-3]
  const previous = deps.clients.find(connection.peer.accountId, clientId)
  previous?.end(replaced)
  const will = toWill(connection, { clientId, profile: deps.profile }, packet.will)
  const { session, isPresent, durable } = openSession(granted, will, deps)
  const client = createClient(granted, { session, will }, deps)
  deps.clients.claim(client)
  // a client that was never told that it is connected leaves no will, and no session that it does not know of
  connection.abandon = (ending) => client.release({ ...ending, isClean: true, isSessionCleaned: !isPresent })
  if (!durable) return answer(granted, { client, isPresent }, deps)
  return answerOnceDurable(granted, { client, isPresent, durable }, deps)
}

function openSession({ connection, packet, clientId }: Granted, will: Will | undefined, deps: AcceptDeps) {
  const { maxQueuedMessages: maxWaiting, maxQueuedBytes: maxWaitingBytes, maxStalledMs } = deps.limits
  return deps.sessions.open({
    accountId: connection.peer.accountId,
    clientId,
    version: packet.version,
    isCleanStart: packet.isClean,
    expirySeconds: packet.properties.sessionExpiryInterval ?? 0,
    will,
    passing: { maxWaiting, maxWaitingBytes, maxStalledMs },
  })
}

/** Meanwhile the connection may end, or lose its client id to another one. */
async function answerOnceDurable(
  granted: Granted,
  { durable, ...opened }: { client: Client; isPresent: boolean; durable: Promise<void> },
  deps: AcceptDeps,
): Promise<void> {
  const { connection } = granted
  try {
    await durable
  } catch {
    return connection.end({ journal: 'internal-failure' }) // the sessions have told
  }
  if (connection.state !== 'closed') answer(granted, opened, deps)
}

function answer(
  granted: Granted,
  { client, isPresent }: { client: Client; isPresent: boolean },
  deps: AcceptDeps,
): undefined {
  const { connection, packet } = granted
  const keepAliveSeconds = clampKeepAlive(packet.keepAliveSeconds, deps)
  const properties =
    packet.version === 5 ? connackProperties({ ...granted, client }, keepAliveSeconds, deps) : undefined
  if (isPresent) judgeSubscriptions(client, deps) // before anything that waits is sent
  const connack = encodeConnack(packet.version, 0, properties, isPresent)
  if (!connection.accept(client, connack, keepAliveSeconds)) return
  const { serverName = '', tlsVersion = '' } = connection.peer
  connection.record('connected', {
    protocol: protocolOf(packet.version, connection.peer),
    tlsVersion,
    serverName,
  })
  deps.events.connected(client)
}

function createClient(
  granted: Granted,
  { session, will }: { session: Session; will: Will | undefined },
  deps: AcceptDeps,
): Client {
  const { connection, packet, clientId, authorization, rights } = granted
  const { peer, send, refuse, explained, end, mayPublish, traffic } = connection
  const { sessions, clients } = deps
  const client: Client = {
    peer,
    clientId,
    judgedClientId: judgedClientIdOf(granted),
    thingName: peer.guest ? undefined : authorization.thingName,
    version: packet.version,
    rights,
    session,
    inbound: createInbound(connection, deps.limits),
    traffic,
    authorization,
    connectConditions: granted.connectConditions,
    judgedVersion: granted.judgedVersion ?? authorization.version,
    caCertificateId: granted.certificate?.caCertificateId,
    keepAliveSeconds: packet.keepAliveSeconds,
    claimedAs: deps.claims?.claim(peer.accountId, clientId),
    will,
    mayPublish,
    send,
    refuse,
    explained,
    end,
    attach: () => session.attach(createDeliveries({ connection, packet, rights }, deps)),
    release(ending) {
      sessions.close(session, toClosing(client, ending))
      clients.release(client)
      authorization[Symbol.dispose]()
    },
  }
  return client
}

/** A session that is to go with its connection expires at once. */
function toClosing({ will }: Client, { isClean = false, isSessionCleaned = false, ...ending }: Ending) {
  return {
    will: isClean ? undefined : will,
    expirySeconds: isSessionCleaned ? 0 : ending.sessionExpirySeconds,
  }
}

function createInbound(
  { send, resume }: Connection,
  { maxTopicAliases, maxUnacknowledged }: GatewayLimits,
): Inbound {
  return new Inbound({ maxTopicAliases, receiveMaximum: maxUnacknowledged, send, onRoom: resume })
}

function createDeliveries(
  { connection, packet, rights }: Pick<Granted, 'connection' | 'packet' | 'rights'>,
  { encoder, limits, profile }: AcceptDeps,
): Deliveries {
  const { send, isCongested, refuse, end, traffic } = connection
  const { receiveMaximum = limits.maxUnacknowledged, topicAliasMaximum = 0 } = packet.properties
  const { version } = packet
  const reportDenial: DenialReport = (code, action, name) => {
    const details = denialDetails(rights, action, name)
    connection.record(code, details)
    if (connection.peer.guest) send(tellGuest({ encoder, version }, connection.peer.accountId, details))
  }
  return new Deliveries({
    version,
    rights,
    encoder,
    aliases: new OutboundAliases(Math.min(topicAliasMaximum, limits.maxTopicAliases)),
    maxPacketBytes: packet.properties.maximumPacketSize ?? Number.POSITIVE_INFINITY,
    retry: retryOf(version, { profile, limits }),
    window: Math.min(receiveMaximum, limits.maxUnacknowledged),
    send,
    isCongested,
    traffic,
    reportDenial,
    refuse,
    end,
  })
}

function toWill(
  { peer }: Connection,
  { clientId, profile }: { clientId: string; profile: MqttProfile },
  will: ConnectPacket['will'],
): Will | undefined {
  if (!will) return undefined
  const { accountId, sourceIp } = peer
  const principal = principalOf(peer)
  const { topic, qos, retain, properties, delaySeconds = 0 } = will
  const payload = Uint8Array.from(will.payload) // part of a buffer that others use
  const publisher = { clientId, sourceIp, ...(principal !== undefined && { principal }) }
  const message: Message = { accountId, topic, payload, qos, retain, publisher, isWill: true }
  if (!properties) return { message, delaySeconds }
  return { message: { ...message, properties: withinExpiry(properties, profile) }, delaySeconds }
}

/** AWS General Reference: 0 and what is above the maximum mean the maximum, what is below the minimum the minimum. */
function clampKeepAlive(
  seconds: number,
  { limits: { minKeepAliveSeconds, maxKeepAliveSeconds }, profile }: Pick<AcceptDeps, 'limits' | 'profile'>,
): number {
  if (seconds === 0) return profile.allowsNoKeepAlive ? 0 : maxKeepAliveSeconds
  return Math.min(Math.max(seconds, minKeepAliveSeconds), maxKeepAliveSeconds)
}

/** What this server does not offer is said, so that clients do not ask for it. MQTT 5.0 3.2.2.3 */
function connackProperties(
  { packet, client: { clientId, session } }: Pick<Granted, 'packet'> & { client: Client },
  keepAliveSeconds: number,
  {
    limits: { maxUnacknowledged, maxPacketBytes, maxTopicAliases },
    profile,
  }: Pick<AcceptDeps, 'limits' | 'profile'>,
): ConnackProperties {
  return {
    receiveMaximum: maxUnacknowledged,
    ...(profile.maximumQos === 1 && { maximumQoS: 1 }), // [MQTT-3.2.2-9]: without it both are offered
    topicAliasMaximum: maxTopicAliases,
    retainAvailable: true,
    maximumPacketSize: maxPacketBytes,
    wildcardSubscriptionAvailable: true,
    subscriptionIdentifiersAvailable: profile.offersSubscriptionIdentifiers,
    sharedSubscriptionAvailable: true,
    ...(packet.clientId !== clientId && { assignedClientIdentifier: clientId }), // [MQTT-3.2.2-16]
    ...(keepAliveSeconds !== packet.keepAliveSeconds && { serverKeepAlive: keepAliveSeconds }),
    ...((packet.properties.sessionExpiryInterval ?? 0) !== session.expirySeconds && {
      sessionExpiryInterval: session.expirySeconds, // [MQTT-3.2.2-21]
    }),
  }
}
