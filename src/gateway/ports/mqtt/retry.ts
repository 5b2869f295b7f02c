import type { Retry } from '../../../messaging/sessions/index.ts'
import type { ProtocolVersion } from '../codec/packets.ts'
import type { GatewayLimits } from '../limits.ts'
import type { MqttProfile } from '../profile.ts'

/** AWS General Reference, "message broker and protocol limits": retry interval for delivering QoS 1 messages. */
const forMs: Record<ProtocolVersion, number> = { 4: 3_600_000, 5: 960_000 }

/** When a client is sent again what it does not acknowledge; never as the standard says. [MQTT-4.4.0-1] */
export function retryOf(
  version: ProtocolVersion,
  {
    profile,
    limits: { retryAfterMs: afterMs },
  }: { profile: Pick<MqttProfile, 'retriesUnacknowledged'>; limits: Pick<GatewayLimits, 'retryAfterMs'> },
): Retry | undefined {
  return profile.retriesUnacknowledged ? { afterMs, forMs: forMs[version] } : undefined
}
