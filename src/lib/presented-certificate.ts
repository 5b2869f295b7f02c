import type { X509Certificate } from 'node:crypto'

/** The certificate that a client has shown in a TLS handshake, which has proved that it holds the key. */
export interface PresentedCertificate {
  /** SHA-256 of the DER, 64 lowercase hex digits. */
  readonly certificateId: string
  readonly der: Uint8Array
  /** As OpenSSL has read it, where that is at hand. */
  readonly x509?: X509Certificate
}

/** Costs a device that comes back its id alone: the DER is made when it is asked for. */
export class HandshakeCertificate implements PresentedCertificate {
  readonly x509: X509Certificate
  readonly certificateId: string

  constructor(x509: X509Certificate) {
    this.x509 = x509
    this.certificateId = withoutColons(x509.fingerprint256)
  }

  get der(): Uint8Array {
    return this.x509.raw
  }
}

const digits = 64
const scratch = Buffer.alloc(digits)

/** From `AB:CD:...` to `abcd...`. Replacing text would take ten times as long. */
function withoutColons(fingerprint: string): string {
  for (let at = 0, from = 0; at < digits; at += 2, from += 3) {
    scratch[at] = fingerprint.charCodeAt(from) | 0x20
    scratch[at + 1] = fingerprint.charCodeAt(from + 1) | 0x20
  }
  return scratch.toString('latin1')
}
