/** A packet that MQTT does not allow. It costs the connection it came on, nothing else. */
export class PacketFault extends Error {
  override readonly name = 'PacketFault'
  readonly reason: PacketFaultReason
  /** Of the CONNECT that could not be read, once it is known. */
  version?: 4 | 5

  constructor(reason: PacketFaultReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export type PacketFaultReason =
  | 'malformed-packet'
  | 'protocol-error'
  | 'packet-too-large'
  | 'protocol-version-unsupported'
