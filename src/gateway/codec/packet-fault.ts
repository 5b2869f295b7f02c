/** A packet that MQTT does not allow. It costs the connection it came on, nothing else. */
export class PacketFault extends Error {
  override readonly name = 'PacketFault'
  readonly reason: PacketFaultReason

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
