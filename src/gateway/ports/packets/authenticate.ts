/** The part of CONNECT that custom authorizers judge. Source: AWS IoT Developer Guide, "Device communication protocols". */
import type { CustomAuthDeps, PresentedCredentials } from '../authorization.ts'
import type { ConnectPacket } from '../codec/packets.ts'
import { authenticatePeer, questionOf } from '../custom-auth.ts'
import type { Connection } from '../mqtt/connection.ts'
import { refusal, type Refusal } from '../refuse.ts'

/** As much of an attempt to connect as is of interest here. */
interface CustomAttempt {
  connection: Connection
  packet: ConnectPacket
}

/** The name by which AWS tells custom authentication over MQTT apart from that by certificates. */
const alpnName = 'mqtt'

/** Nothing when an authorizer lets the client in; without one that is meant the client lacks a certificate. */
export async function authenticateConnect(
  { connection, packet }: CustomAttempt,
  customAuth: CustomAuthDeps | undefined,
): Promise<Refusal | undefined> {
  const { peer } = connection
  if (peer.customAuth) {
    connection.isAdmitted = true // with the request for its WebSocket
    return undefined
  }
  const shown = shownBy(connection, packet)
  const isMeant = peer.domain !== undefined && peer.domain.authenticationType !== 'DEFAULT'
  if (!customAuth || !(isMeant || customAuth.meaningOf(questionOf(peer, shown))))
    return refusal('no-certificate')
  if (!isMeant && !peer.isWebSocket && peer.alpn !== alpnName)
    return refusal('no-certificate', {
      error: `a custom authorizer is asked over MQTT only with the ALPN protocol ${alpnName}, or by a domain configuration with authenticationType CUSTOM_AUTH`,
    })
  const outcome = await authenticatePeer(customAuth, peer, shown)
  if (outcome.action === 'accept') {
    connection.isAdmitted = true
    return undefined
  }
  connection.record(outcome.code, outcome.details)
  return refusal('authorizer-refused')
}

function shownBy(
  { peer }: Connection,
  { username, password, clientId }: ConnectPacket,
): PresentedCredentials {
  return { http: peer.http, mqtt: { username, password, clientId } }
}
