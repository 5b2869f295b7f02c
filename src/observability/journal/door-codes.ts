import type { ReasonCode } from './reason-code.ts'

/** Why a connection was refused before it was known who it is. */
export const doorCodes = {
  'handshake-failed': {
    level: 'warn',
    meaning: 'The TLS handshake did not finish.',
    advice:
      '`npx muster explain --address <address>` says what the error means. Compare the TLS version, the key exchange, and the CA file that the device trusts with `muster env`.',
  },
  'connection-limit': {
    level: 'warn',
    meaning: 'There were too many connections; this one was closed at once.',
    advice:
      'Raise maxConnections or maxWaitingHandshakes (docs/limits.md), or find out who connects so often.',
  },
  'proxy-header-refused': {
    level: 'warn',
    meaning: 'A connection from a load balancer did not begin with a PROXY protocol header, version 2.',
    advice: 'Let the load balancer send version 2, or leave its address out of --proxy-protocol-from.',
  },
  'domain-disabled': {
    level: 'warn',
    meaning: 'The client asked, by SNI, for a domain whose configuration is DISABLED.',
    advice: 'aws iot update-domain-configuration --domain-configuration-status ENABLED lets its clients in.',
  },
  'domain-unusable': {
    level: 'warn',
    meaning: 'The client asked, by SNI, for a domain whose certificate files cannot be used.',
    advice: 'The log of the server says what is wrong with the files; mend them.',
  },
} as const satisfies Record<string, ReasonCode>
