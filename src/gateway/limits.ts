import { defaultMessageLimits, type MessageLimits } from '../data-plane/index.ts'

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
  /** QoS 1 messages that wait for the client to acknowledge earlier ones; one more ends the connection. */
  maxQueuedMessages: number
  maxQueuedBytes: number
  /** Bytes that wait for a client to read; above it QoS 0 messages are dropped for that client. */
  maxOutboundBytes: number
  /** Denials one connection may leave in the journal. */
  maxJournalledDenials: number
  maxConnections: number
  handshakeTimeoutMs: number
  /** From the end of the handshake until CONNECT, or the head of an HTTP request, is there. */
  connectTimeoutMs: number
  /** From the head of an HTTP request until its body is there. */
  bodyTimeoutMs: number
  /** HTTP requests of one connection that wait for their answers. */
  maxWaitingRequests: number
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
  maxQueuedMessages: 1000,
  maxQueuedBytes: 4 * 1024 * kibibyte,
  maxOutboundBytes: 512 * kibibyte,
  maxJournalledDenials: 100,
  maxConnections: 500_000,
  handshakeTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  bodyTimeoutMs: 60_000,
  maxWaitingRequests: 100,
  sweepIntervalMs: 500,
}
