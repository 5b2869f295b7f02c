import type { TLSSocket } from 'node:tls'
import type { DomainConfiguration } from '../../domain-configurations/index.ts'
import { certificateIdOf } from '../../lib/x509.ts'
import type { Peer } from '../mqtt/client.ts'
import type { Source } from './proxy-header.ts'

interface PeerContext {
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
  return {
    accountId,
    sourceIp: source.address,
    sourcePort: source.port,
    ...(x509 && { der: x509.raw, x509, certificateId: certificateIdOf(x509.raw) }),
    ...(typeof serverName === 'string' && { serverName }),
    ...(domainName !== undefined && { domainName }),
    ...(domain && { domain: domain.settings }),
    ...(tlsVersion && { tlsVersion }),
  }
}
