/** Source: AWS General Reference, "AWS IoT Core endpoints and quotas", fleet provisioning. A rate of 0 is none. */
export interface ClaimLimits {
  /** CreateKeysAndCertificate over MQTT, of an account. */
  maxKeysByClaimPerSecond: number
  /** CreateCertificateFromCsr over MQTT, of an account. */
  maxCsrsByClaimPerSecond: number
  /** RegisterThing over MQTT, of an account. */
  maxThingsByClaimPerSecond: number
}

export const defaultClaimLimits: ClaimLimits = {
  maxKeysByClaimPerSecond: 10,
  maxCsrsByClaimPerSecond: 20,
  maxThingsByClaimPerSecond: 10,
}
