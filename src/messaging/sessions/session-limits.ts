export interface SessionLimits {
  /** A session of MQTT 3.1.1 is kept this long after its client has gone. */
  persistentSessionSeconds: number
  /** The longest expiry an MQTT 5 client is granted. */
  maxSessionExpirySeconds: number
  /** QoS 1 and 2 messages that one persistent session keeps, sent or not; at most 60,000, as packet ids are few. */
  maxStoredMessages: number
  /** Of payload. */
  maxStoredBytes: number
  /** Of those, how many a connected client has in memory beside the unacknowledged ones. */
  sessionPageSize: number
  /** Sent to one client a second when it comes back; 0: as fast as it takes them. */
  redeliveriesPerSecond: number
  maxSharedGroups: number
  maxGroupMembers: number
  /** From what waits for a shared group, to each of its members; 0: as fast as they take it. */
  sharedDrainPerSecond: number
  /** How often expiry, wills and queues of groups are looked at. */
  sessionSweepIntervalMs: number
}

/**
 * Sources: AWS General Reference, "message broker and protocol limits" (expiry, groups, members). The rates that AWS
 * limits redelivery to are off: they protect a shared service, not one's own hardware.
 */
export const defaultSessionLimits: SessionLimits = {
  persistentSessionSeconds: 3600,
  maxSessionExpirySeconds: 3600,
  maxStoredMessages: 10_000,
  maxStoredBytes: 32 * 1024 * 1024,
  sessionPageSize: 128,
  redeliveriesPerSecond: 0,
  maxSharedGroups: 100,
  maxGroupMembers: 100,
  sharedDrainPerSecond: 0,
  sessionSweepIntervalMs: 1000,
}

/** Redeliveries that one client is granted in a second. */
export const redeliveryBudget = ({
  redeliveriesPerSecond: rate,
}: Pick<SessionLimits, 'redeliveriesPerSecond'>): number => (rate === 0 ? Number.POSITIVE_INFINITY : rate)
