/**
 * Every reason Muster has for what it does with a device: stable codes, how bad it is, what it means for a
 * person, and what to change. `docs/reason-codes.md` lists the same codes; a test holds them together.
 */
interface ReasonCode {
  level: 'info' | 'warn'
  meaning: string
  /** What an operator can do; empty when nothing is wrong. */
  advice: string
}

export const reasonCodes = {
  'handshake-failed': {
    level: 'warn',
    meaning: 'The TLS handshake did not finish.',
    advice:
      'Compare the TLS version, the key exchange, and the CA file that the device trusts with `muster env`.',
  },
  'no-certificate': {
    level: 'warn',
    meaning: 'The device presented no client certificate.',
    advice: 'Give the client its certificate and its private key (mosquitto: --cert and --key).',
  },
  'certificate-malformed': {
    level: 'warn',
    meaning: 'The presented certificate breaks a rule of X.509 or of AWS IoT.',
    advice: 'Issue the device a certificate with a supported key and signature algorithm.',
  },
  'certificate-expired': {
    level: 'warn',
    meaning: 'The certificate is past its notAfter date.',
    advice: 'Issue the device a new certificate.',
  },
  'certificate-not-yet-valid': {
    level: 'warn',
    meaning: 'The certificate is before its notBefore date.',
    advice: 'Check the clocks of the device maker and of this server.',
  },
  'certificate-inactive': {
    level: 'warn',
    meaning: 'The certificate is registered and INACTIVE.',
    advice: 'aws iot update-certificate --new-status ACTIVE lets it in.',
  },
  'certificate-revoked': {
    level: 'warn',
    meaning: 'The certificate is REVOKED.',
    advice: 'Issue the device a new certificate; revocation is meant to last.',
  },
  'certificate-deleted': {
    level: 'warn',
    meaning: 'The certificate was deleted while its client was connected.',
    advice: 'Issue the device a new certificate, or let its CA register this one again.',
  },
  'certificate-pending-transfer': {
    level: 'warn',
    meaning: 'The certificate is being transferred to another account.',
    advice: 'Accept, reject, or cancel the transfer.',
  },
  'ca-unknown': {
    level: 'warn',
    meaning: 'No registered CA certificate signed this certificate.',
    advice: 'Register the CA that directly signed it: aws iot register-ca-certificate.',
  },
  'ca-inactive': {
    level: 'warn',
    meaning: 'The CA certificate that signed it is INACTIVE.',
    advice: 'aws iot update-ca-certificate --new-status ACTIVE.',
  },
  'ca-expired': {
    level: 'warn',
    meaning: 'The CA certificate that signed it is outside its validity.',
    advice: 'Register a renewed CA certificate.',
  },
  'auto-registration-off': {
    level: 'warn',
    meaning: 'The CA does not register its devices automatically.',
    advice: 'aws iot update-ca-certificate --new-auto-registration-status ENABLE.',
  },
  'certificate-registered': {
    level: 'info',
    meaning: 'The certificate was registered as PENDING_ACTIVATION.',
    advice: '',
  },
  'registration-announced': {
    level: 'info',
    meaning: 'The registration event was published (JITR); the connection is closed on purpose.',
    advice: 'A rule on the event topic has to activate the certificate; the device then connects again.',
  },
  provisioned: {
    level: 'info',
    meaning: 'The provisioning template ran; the certificate is ACTIVE.',
    advice: '',
  },
  'provisioning-failed': {
    level: 'warn',
    meaning: 'The provisioning template could not be carried out; nothing was made.',
    advice: 'Mend what the step names; the next connection tries again.',
  },
  'first-connection-closed': {
    level: 'info',
    meaning: 'The CA asks for the first connection to be closed after provisioning, as AWS does.',
    advice: 'Connect again.',
  },
  connected: { level: 'info', meaning: 'The client is connected.', advice: '' },
  'connect-denied': { level: 'warn', meaning: 'No policy lets this client connect.', advice: '' },
  'publish-denied': {
    level: 'warn',
    meaning: 'No policy lets this client publish to the topic.',
    advice: '',
  },
  'subscribe-denied': {
    level: 'warn',
    meaning: 'No policy lets this client subscribe to the filter.',
    advice: '',
  },
  'receive-denied': {
    level: 'warn',
    meaning: 'No policy lets this client receive from the topic; the message was not delivered.',
    advice: '',
  },
  'will-denied': {
    level: 'warn',
    meaning: 'No policy lets this client publish to its will topic.',
    advice: '',
  },
  'protocol-error': {
    level: 'warn',
    meaning: 'The client sent what MQTT or AWS IoT does not allow.',
    advice: 'Compare the packet with the MQTT specification and the limits of AWS IoT.',
  },
  'limit-exceeded': {
    level: 'warn',
    meaning: 'The client went over a limit.',
    advice: 'See the limits in docs/limits.md.',
  },
  'rule-failed': {
    level: 'warn',
    meaning: 'A topic rule could not carry out an action for a message.',
    advice:
      'See the action and its error; mend the role, the function, or the SQL. A device that waits connects again.',
  },
  'rule-messages-dropped': {
    level: 'warn',
    meaning: 'Messages found no room in the queue of the rules engine.',
    advice: 'Make the rules cheaper, or the messages they select fewer.',
  },
  'function-failed': {
    level: 'warn',
    meaning: 'A function that was invoked for this event failed.',
    advice: 'Read its log group /aws/lambda/<function name>.',
  },
  'keep-alive-timeout': {
    level: 'warn',
    meaning: 'Nothing came from the client for one and a half keep-alive intervals.',
    advice: '',
  },
  'client-replaced': {
    level: 'info',
    meaning: 'Another connection took over the client id.',
    advice: 'Give each device a client id of its own, if this was not a reconnect.',
  },
  disconnected: { level: 'info', meaning: 'The client disconnected.', advice: '' },
  'connection-lost': {
    level: 'info',
    meaning: 'The connection ended without a DISCONNECT packet.',
    advice: '',
  },
  'server-stopping': {
    level: 'info',
    meaning: 'The server closed the connection because it stops.',
    advice: '',
  },
} as const satisfies Record<string, ReasonCode>

export type JournalCode = keyof typeof reasonCodes
