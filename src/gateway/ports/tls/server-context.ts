import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { defaultSecurityPolicy, securityPolicy } from '../../domain-configurations/index.ts'
import { alpnProtocols } from '../first-bytes.ts'
import type { ServerTls } from './certificate-pair.ts'

/**
 * What a server shows, and takes, in a handshake. An empty CA list spares the handshake the attempt to build a chain.
 * There are no session tickets, as on AWS: every connection proves its key anew, and tickets cost more to make than they
 * save, as devices seldom come back with one. A connection has one handshake, so that who is at the other end cannot
 * change, and nobody makes the server do the work of a second one (RFC 7457 2.10).
 * assumed: clients of TLS 1.2 that take SHA-1 alone are let in, as those are that do not say what they take (RFC 5246
 * 7.4.1.4.1). OpenSSL has SHA-1 at level 0 only, behind all others; what else the level allows is named here or judged later.
 */
export function serverContext(tls: ServerTls, policyName = defaultSecurityPolicy): SecureContext {
  const { minVersion, maxVersion, ciphers } = securityPolicy(policyName)
  return createSecureContext({
    key: tls.map(({ key }) => key),
    cert: tls.map(({ cert }) => cert),
    ca: [],
    minVersion,
    maxVersion,
    ciphers: [...ciphers, ...(minVersion === 'TLSv1.2' ? ['@SECLEVEL=0'] : [])].join(':'),
    honorCipherOrder: true,
    dhparam: 'auto',
    ecdhCurve: 'X25519MLKEM768:X25519:P-256:P-384:P-521', // in TLS 1.2 also the curves of clients' certificates
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    sessionIdContext: 'muster', // else OpenSSL refuses who brings a session, as a certificate is asked for
  })
}

/** The protocols as the handshake carries them. RFC 7301 3.1 */
const alpnList = Buffer.concat(
  alpnProtocols.map((name) => Buffer.concat([Buffer.of(name.length), Buffer.from(name)])),
)

export interface HandshakeEvents {
  onSecure: (socket: TLSSocket) => void
  /** Once at most, when it comes to nothing; the socket is to be destroyed. */
  onFailed: (cause: NodeJS.ErrnoException, socket: TLSSocket) => void
}

const hungUp = Object.assign(new Error('the client hung up'), { code: 'ECONNRESET' })

/**
 * Shakes hands with a client. A certificate is asked for but not judged here: its key is proven by the handshake, and
 * admission decides about it by CONNECT. `tls.Server` would judge it, and make an error with a stack for each that it
 * does not know, which is all of them.
 */
export function shakeHands(below: Socket, secureContext: SecureContext, events: HandshakeEvents): void {
  const options = { isServer: true, requestCert: true, rejectUnauthorized: false, ALPNProtocols: alpnList }
  const socket = new TLSSocket(below, { ...options, secureContext })
  let isOver = false
  const fail = (cause: NodeJS.ErrnoException) => {
    if (isOver) return void socket.destroy()
    isOver = true
    events.onFailed(cause, socket)
  }
  // what goes wrong in TLS is told by this event, later too; 'error' speaks of the connection alone
  socket.on('_tlsError', fail).on('close', () => isOver || fail(hungUp))
  socket.once('secure', () => {
    isOver = true
    if (!socket.destroyed) events.onSecure(socket)
  })
}
