/** What the commonest errors of a TLS handshake mean for the device, and what to change. The names are those of Node and OpenSSL. */
interface HandshakeError {
  /** In `details.error` of the entry. */
  error: RegExp
  advice: string
}

export const handshakeErrors: readonly HandshakeError[] = [
  {
    error: /ALERT_UNKNOWN_CA|ALERT_CERTIFICATE_UNKNOWN|ALERT_BAD_CERTIFICATE/,
    advice:
      'The device does not trust the certificate of this server, or looked for another name in it: give it the root file of `muster env`, and let it connect by a name the certificate has (--endpoint).',
  },
  {
    error: /ALERT_CERTIFICATE_EXPIRED/,
    advice: 'The device takes the certificate of this server for expired: set its clock.',
  },
  {
    error: /NO_SHARED_CIPHER|ALERT_HANDSHAKE_FAILURE/,
    advice:
      'The device offers no cipher suite of the security policy, or no curve for one: let it offer ECDHE on P-256, or give its domain another policy (docs/endpoints.md).',
  },
  {
    error: /NO_SUITABLE_KEY_SHARE|NO_SHARED_GROUP|NO_SUITABLE_SIGNATURE_ALGORITHM|NO_SHARED_SIGNATURE/,
    advice:
      'The device offers no key exchange or signature that this server has: let it offer P-256 or X25519, and SHA-256.',
  },
  {
    error: /UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|ALERT_PROTOCOL_VERSION/,
    advice:
      'The device speaks a version of TLS that the security policy does not: let it offer TLS 1.2 or 1.3.',
  },
  {
    error: /HTTP_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/,
    advice:
      'What came is not TLS: the device speaks plain HTTP or plain MQTT to a TLS port. Switch TLS on in it.',
  },
  {
    error: /NO_APPLICATION_PROTOCOL/,
    advice:
      'The device asks, by ALPN, for a protocol that the port does not have: x-amzn-mqtt-ca is MQTT with a certificate, x-amzn-http-ca HTTP; without ALPN the port decides.',
  },
  {
    error: /ECONNRESET|HANDSHAKE_TIMEOUT/,
    advice:
      "The device, or something between, gave up in the middle: see the device's own log. An older TLS library does so when it does not trust the server.",
  },
]

/** Undefined for an error that needs its own search. */
export const adviseOnHandshake = (error: string): string | undefined =>
  handshakeErrors.find((known) => known.error.test(error))?.advice
