/** What the function of a custom authorizer gets. Source: AWS IoT Developer Guide, "Defining your Lambda function". */
import type { Presented } from './presented.ts'

interface PresentedTls {
  /** What the client asked for by SNI. */
  serverName?: string | undefined
  /** Of a client that has to show both. Source: "Custom authentication with X.509 client certificates". */
  certificate?: { certificateId: string; certificatePem: string } | undefined
}

export interface EventFacts extends Presented {
  tls?: PresentedTls | undefined
  token?: string | undefined
  signatureVerified: boolean
  /** A UUID. */
  connectionId: string
}

/** AWS's own names; members that the client gave no value for are left out. */
export function authorizerEvent({ tls, http, mqtt, ...facts }: EventFacts): object {
  return {
    ...(facts.token !== undefined && { token: facts.token }),
    signatureVerified: facts.signatureVerified,
    protocols: [...(tls ? ['tls'] : []), ...(http ? ['http'] : []), ...(mqtt ? ['mqtt'] : [])],
    protocolData: {
      ...(tls && { tls: tlsData(tls) }),
      ...(http && {
        http: {
          headers: Object.fromEntries(http.headers),
          ...(http.queryString !== '' && { queryString: `?${http.queryString}` }),
        },
      }),
      ...(mqtt && {
        mqtt: {
          ...(mqtt.username !== undefined && { username: mqtt.username }),
          ...(mqtt.password !== undefined && { password: Buffer.from(mqtt.password).toString('base64') }),
          ...(mqtt.clientId !== undefined && mqtt.clientId !== '' && { clientId: mqtt.clientId }),
        },
      }),
    },
    connectionMetadata: { id: facts.connectionId },
  }
}

function tlsData({ serverName, certificate }: PresentedTls): object {
  return {
    ...(serverName !== undefined && { serverName }),
    ...(certificate && {
      x509CertificatePem: certificate.certificatePem,
      principalId: certificate.certificateId,
    }),
  }
}
