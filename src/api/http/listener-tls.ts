/** TLS of the listener, whose certificates can be replaced while it runs. */
import { constants } from 'node:crypto'
import type { Server } from 'node:http'
import { Server as TlsServer, type ServerOptions } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** PEM; one of each kind of key. */
type Certificates = readonly { key: string; cert: string }[]

export interface ListenerTls {
  /** For who asks for this machine, or names no host. */
  own: Certificates
  /** For who asks for any other name; absent: those of its own. */
  named?: Certificates
}

/** Time for a handshake. */
const handshakeTimeout = 15_000

/** As on the device ports: who says by ALPN that it speaks HTTP/1.0 is answered, too (RFC 7301 3.1). */
const ALPNProtocols = ['http/1.1', 'http/1.0']

/** What a server needs to be created with, and how it is given other certificates. */
export function openListenerTls(tls: ListenerTls): {
  options: ServerOptions
  replace: (server: Server, renewed: ListenerTls) => void
} {
  let contexts = toContexts(tls)
  return {
    options: {
      ...toOptions(tls.own),
      handshakeTimeout,
      ALPNProtocols,
      // asked only when the client names a host, which an address is none
      SNICallback: (name, done) => done(null, name === 'localhost' ? contexts.own : contexts.named),
    },
    replace(server, renewed) {
      contexts = toContexts(renewed)
      if (server instanceof TlsServer) server.setSecureContext(toOptions(renewed.own))
    },
  }
}

const toContexts = ({ own, named = own }: ListenerTls) => ({
  own: createSecureContext(toOptions(own)),
  named: createSecureContext(toOptions(named)),
})

const toOptions = (certificates: Certificates): SecureContextOptions => ({
  key: certificates.map(({ key }) => key),
  cert: certificates.map(({ cert }) => cert),
  minVersion: 'TLSv1.2',
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION, // as on the device ports (RFC 7457 2.10)
})
