import { defaultMessageLimits, type MessageLimits } from '../../messaging/data-plane/index.ts'

/**
 * What one device connection may ask for. Defaults are AWS's.
 * Source: AWS General Reference, "AWS IoT Core message broker and protocol limits and quotas".
 */
export interface GatewayLimits extends MessageLimits {
  /** A whole MQTT packet, told to MQTT 5 clients as Maximum Packet Size. */
  maxPacketBytes: number
  maxClientIdBytes: number
  maxFiltersPerSubscribe: number
  maxSubscriptions: number
  minKeepAliveSeconds: number
  maxKeepAliveSeconds: number
  /** QoS 1 messages on their way to a client, and from it. */
  maxUnacknowledged: number
  /** A QoS 1 message that is not acknowledged is sent again after it, in the profile `aws`. */
  retryAfterMs: number
  /** Topic aliases in each direction, told to MQTT 5 clients as Topic Alias Maximum. */
  maxTopicAliases: number
  /** QoS 1 messages that wait for the client to acknowledge earlier ones; one more is too much (--session-queue-full). */
  maxQueuedMessages: number
  maxQueuedBytes: number
  /** A client that acknowledges nothing for so long while that many wait is disconnected. */
  maxStalledMs: number
  /** Bytes that wait for a client to read; above it QoS 0 messages are dropped for that client. */
  maxOutboundBytes: number
  /** CONNECT packets of one account and of one client id, PUBLISH packets of one connection; 0: as many as come. */
  maxConnectsPerSecond: number
  maxConnectsPerSecondOfClientId: number
  maxPublishesPerSecond: number
  /** What one connection may send; more is read later. 0: as much as comes. */
  maxBytesPerSecond: number
  /** Denials one connection may leave in the journal. */
  maxJournalledDenials: number
  /** Of one device port. */
  maxConnections: number
  handshakeTimeoutMs: number
  /** When other handshakes wait, who has sent nothing for so long makes room for them. */
  firstByteTimeoutMs: number
  /** TLS handshakes that begin in one turn of the event loop; the others wait for the next. */
  maxHandshakesPerTurn: number
  /** TLS handshakes that have begun in the last `freshHandshakeMs` and are not finished. */
  maxFreshHandshakes: number
  freshHandshakeMs: number
  /** TLS handshakes that have begun and are not finished, of one address (or IPv6 network of 64 bits) and of all. */
  maxHandshakesPerAddress: number
  maxHandshakes: number
  /** Connections whose TLS handshake waits to begin; one more is closed. */
  maxWaitingHandshakes: number
  /** From the end of the handshake until CONNECT, or the head of an HTTP request, is there. */
  connectTimeoutMs: number
  /** From the head of an HTTP request until its body is there. */
  bodyTimeoutMs: number
  /** HTTP requests of one connection that wait for their answers. */
  maxWaitingRequests: number
  /** Requests for a WebSocket whose signature is being looked at; one more is told to come later. */
  maxWaitingUpgrades: number
  /** After it a WebSocket of an IAM identity is ended, as when its credentials expire. */
  maxWebSocketSeconds: number
  /** How often keep-alive and timeouts are looked at. */
  sweepIntervalMs: number
}

const kibibyte = 1024

export const defaultLimits: GatewayLimits = {
  ...defaultMessageLimits,
  maxPacketBytes: 146 * kibibyte,
  maxClientIdBytes: 128,
  maxFiltersPerSubscribe: 8,
  maxSubscriptions: 50,
  minKeepAliveSeconds: 30,
  maxKeepAliveSeconds: 1200,
  maxUnacknowledged: 100,
  retryAfterMs: 30_000, // assumed: AWS says for how long it retries, not how often
  maxTopicAliases: 8,
  maxQueuedMessages: 1000,
  maxQueuedBytes: 4 * 1024 * kibibyte,
  maxStalledMs: 10_000,
  maxOutboundBytes: 512 * kibibyte,
  maxConnectsPerSecond: 3000,
  maxConnectsPerSecondOfClientId: 1,
  maxPublishesPerSecond: 100,
  maxBytesPerSecond: 512 * kibibyte,
  maxJournalledDenials: 100,
  maxConnections: 500_000,
  handshakeTimeoutMs: 10_000,
  firstByteTimeoutMs: 3000,
  maxHandshakesPerTurn: 8,
  maxFreshHandshakes: 256,
  freshHandshakeMs: 1000,
  maxHandshakesPerAddress: 1024,
  maxHandshakes: 4096,
  maxWaitingHandshakes: 16_384,
  connectTimeoutMs: 10_000,
  bodyTimeoutMs: 60_000,
  maxWaitingRequests: 100,
  maxWaitingUpgrades: 1000,
  maxWebSocketSeconds: 24 * 3600,
  sweepIntervalMs: 500,
}
