import type { TLSSocket } from 'node:tls'
import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import { HandshakeCertificate } from '../../../lib/presented-certificate.ts'
import type { Peer } from '../mqtt/client.ts'
import type { Source } from './proxy-header.ts'

interface PeerContext {
  /** Of who asks for no domain, unless its certificate says otherwise. */
  accountId: string
  source: Source
  /** The configured domain that the client asked for. */
  domain: DomainConfiguration | undefined
  /** What other clients are said to have asked for: they are served as if they had. */
  defaultDomainName: string | undefined
}

export function peerOfSocket(socket: TLSSocket, context: PeerContext): Peer {
  const { accountId, source, domain, defaultDomainName } = context
  const x509 = socket.getPeerX509Certificate()
  const tlsVersion = socket.getProtocol()
  const serverName: unknown = 'servername' in socket ? socket.servername : undefined
  const domainName = domain?.domainName ?? defaultDomainName
  const owner = domain?.accountId ?? accountId
  const peer: Peer = { accountId: owner, sourceIp: source.address, sourcePort: source.port }
  const isCertificateAsked = domain?.settings.authenticationType !== 'CUSTOM_AUTH' // else it counts for nothing
  if (x509 && isCertificateAsked) {
    peer.certificate = new HandshakeCertificate(x509)
    peer.certificateId = peer.certificate.certificateId
  }
  if (typeof serverName === 'string') peer.serverName = serverName
  if (domainName !== undefined) peer.domainName = domainName
  if (domain) peer.domain = domain.settings
  if (tlsVersion !== null) peer.tlsVersion = tlsVersion
  if (socket.alpnProtocol) peer.alpn = socket.alpnProtocol
  return peer
}
