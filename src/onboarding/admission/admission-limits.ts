/** What a device that shows up for the first time may take. */
export interface AdmissionLimits {
  /** How long a first connection is held open for a rule to decide about the certificate (`muster:first-connection=hold`). */
  firstConnectionHoldMs: number
  /** How long a certificate is good beside the one that has taken its place (`muster:identity`). */
  renewalOverlapSeconds: number
}

export const defaultAdmissionLimits: AdmissionLimits = {
  firstConnectionHoldMs: 10_000,
  renewalOverlapSeconds: 86_400,
}
