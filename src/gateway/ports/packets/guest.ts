/**
 * CONNECT of a person who came through the console. The connection has a client id of its own, so that it takes no
 * other's place; what policies are asked about is the client id that the person gives.
 */
import { randomUUID } from 'node:crypto'
import type { DeviceCertificate } from '../../../pki/certificates/index.ts'
import type { CertificateStatusOf, RevocationDeps } from '../authorization.ts'
import type { PublishEncoder } from '../codec/encode-publish.ts'
import type { ConnectPacket, ProtocolVersion } from '../codec/packets.ts'
import { isRevoked } from '../is-revoked.ts'
import type { Connection } from '../mqtt/connection.ts'
import { refusal, type Refusal, type RefusalDetails } from '../refuse.ts'

/** As AWS's console names itself. */
const prefix = 'iotconsole-'

/** As much of an attempt to connect as is of interest here. */
interface GuestAttempt {
  connection: Connection
  packet: ConnectPacket
  clientId: string
  judgedClientId?: string
  certificate?: DeviceCertificate
}

interface GuestDeps {
  certificateStatus: CertificateStatusOf
  revocations?: RevocationDeps | undefined
}

export function assignGuestId(attempt: GuestAttempt): Refusal | undefined {
  const { connection, packet } = attempt
  const keepsSession = packet.version === 4 ? !packet.isClean : packet.properties.sessionExpiryInterval
  if (keepsSession)
    return refusal('client-id-refused', { error: 'the console keeps no sessions: ask for a clean one' })
  attempt.clientId = connection.clientId = `${prefix}${randomUUID()}`
  if (packet.clientId !== '') attempt.judgedClientId = packet.clientId
  return undefined
}

/** The certificate whose rights count was ACTIVE when the WebSocket was asked for; asked again now that changes are heard of. */
export async function admitGuest(
  attempt: GuestAttempt,
  { certificateStatus, revocations }: GuestDeps,
): Promise<Refusal | undefined> {
  const { connection } = attempt
  const { peer } = connection
  const certificate = peer.guest?.actsAs
  if (!certificate) return undefined
  const status = await certificateStatus(peer.accountId, certificate.certificateId)
  if (status !== 'ACTIVE') return refusal('certificate-changed', { status: status ?? 'deleted' })
  if (await isRevoked(revocations, peer, certificate.caCertificateId)) return refusal('certificate-listed')
  attempt.certificate = certificate
  connection.isAdmitted = true
  return undefined
}

/** Nobody subscribes to it: what a message could not be received for has no answer that could tell. */
const denialTopic = '$muster/denied'

/** The packet that tells a guest of a message that their rights kept from them. */
export function tellGuest(
  { encoder, version }: { encoder: PublishEncoder; version: ProtocolVersion },
  accountId: string,
  details: RefusalDetails,
): Uint8Array {
  const payload = Buffer.from(JSON.stringify(details))
  return encoder.encodeQos0({ accountId, topic: denialTopic, payload, qos: 0, retain: false }, version, false)
}
