import { constants } from 'node:crypto'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { defaultSecurityPolicy, securityPolicy } from '../../domain-configurations/index.ts'
import { alpnProtocols } from '../first-bytes.ts'
import type { ServerTls } from './certificate-pair.ts'

/**
 * A certificate is asked for but not judged here: its key is proven by the handshake, and admission decides
 * about it by CONNECT. An empty CA list spares the handshake the attempt to build a chain. There are no session
 * tickets, as on AWS: every connection proves its key anew, and tickets cost more to make than they save, as devices
 * seldom come back with one. A connection has one handshake, so that who is at the other end cannot change, and nobody
 * makes the server do the work of a second one (RFC 7457 2.10).
 */
export function tlsOptions(tls: ServerTls, policyName = defaultSecurityPolicy): TlsOptions {
  const { minVersion, maxVersion, ciphers } = securityPolicy(policyName)
  return {
    key: tls.map(({ key }) => key),
    cert: tls.map(({ cert }) => cert),
    ca: [],
    minVersion,
    maxVersion,
    ciphers: ciphers.join(':'),
    dhparam: 'auto',
    ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384:P-521', // in TLS 1.2 also the curves of clients' certificates
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: [...alpnProtocols],
  }
}

/** Does not listen: it is handed the connections that ask for its certificate. */
export function createTlsServer(tls: ServerTls, handshakeTimeout: number, policyName?: string): Server {
  return createServer({ ...tlsOptions(tls, policyName), handshakeTimeout, noDelay: true })
}
