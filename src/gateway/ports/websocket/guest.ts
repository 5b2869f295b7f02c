/** Who asks for a WebSocket through the console: a person with a session, with their own rights or those of a device. */
import { X509Certificate } from 'node:crypto'
import type { Caller } from '../../../api/aws/caller.ts'
import { AwsError } from '../../../api/aws/errors.ts'
import type { WireRequest } from '../../../api/aws/wire.ts'
import { HandshakeCertificate } from '../../../lib/presented-certificate.ts'
import type { DeviceCertificate } from '../../../pki/certificates/index.ts'
import type { Peer } from '../mqtt/client.ts'
import type { Connection } from '../mqtt/connection.ts'
import type { Ending } from '../mqtt/ending.ts'
import type { HandshakeFault } from './handshake.ts'

export interface Guest {
  caller: Caller
  /** The access key that the session stands for. */
  credential: NonNullable<Peer['credential']>
  /** An ACTIVE certificate, whose policies and variables count in place of the caller's. */
  actsAs?: DeviceCertificate
  /** Asked twice a second while the connection is open. */
  mayGoOn: () => Promise<boolean>
}

/** @throws {AwsError} when nobody is let in; what is thrown else is nobody's mistake but ours */
export type FindGuest = (
  request: WireRequest,
  origin: { sourceIp: string; isSecure: boolean },
) => Promise<Guest>

const watchMs = 500

/** MQTT 5.0 3.14.2.1: Administrative action. */
const administrativeAction = 0x98

const ended: Ending = {
  journal: 'websocket-expired',
  details: { error: 'the session of the console, or the right to act as the device, has ended' },
  disconnectCode: administrativeAction,
}

/** `peer` is what the connection says by itself. */
export async function identifyGuest(
  request: WireRequest,
  peer: Peer,
  findGuest: FindGuest,
): Promise<{ peer: Peer; guest: Guest } | { fault: HandshakeFault }> {
  try {
    const { sourceIp, tlsVersion } = peer
    const guest = await findGuest(request, { sourceIp, isSecure: tlsVersion !== undefined })
    return { peer: toPeer(guest, peer), guest }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return { fault: { status: 403, code: error.code, message: error.message } }
  }
}

function toPeer({ caller, credential, actsAs }: Guest, { sourceIp, tlsVersion }: Peer): Peer {
  const { accountId, arn } = caller
  const common = { accountId, sourceIp, isWebSocket: true, ...(tlsVersion !== undefined && { tlsVersion }) }
  if (!actsAs) return { ...common, identity: caller, credential, guest: { arn } }
  const certificate = new HandshakeCertificate(new X509Certificate(actsAs.certificatePem))
  return { ...common, certificate, certificateId: actsAs.certificateId, guest: { arn, actsAs } }
}

/** Ends the connection with the guest's session or right. */
export function watchGuest(connection: Connection, { mayGoOn }: Guest): Disposable {
  const end = () => connection.end(ended)
  const timer = setInterval(() => void mayGoOn().then((may) => may || end(), end), watchMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
