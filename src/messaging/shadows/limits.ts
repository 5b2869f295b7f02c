/** Source: AWS General Reference, "AWS IoT Core endpoints and quotas", Device Shadow. */
export interface ShadowLimits {
  /** Of the desired and the reported state as compact JSON, together. Metadata does not count. */
  maxStateBytes: number
  /** Levels of names below `desired` or `reported`. */
  maxDepth: number
  maxClientTokenBytes: number
  /** Of a request as it comes, before anything is read. */
  maxPayloadBytes: number
  /** Requests that one MQTT connection has under way for one thing. */
  maxInFlightPerThing: number
  /** And for all things together: bounds what one connection makes the server keep. */
  maxInFlightPerConnection: number
}

const kibibyte = 1024

export const defaultShadowLimits: ShadowLimits = {
  maxStateBytes: 8 * kibibyte,
  maxDepth: 8,
  maxClientTokenBytes: 64,
  maxPayloadBytes: 128 * kibibyte,
  maxInFlightPerThing: 10,
  maxInFlightPerConnection: 100,
}
