/** What the port of the API takes from people whom it does not know yet. */
import type { IncomingHttpHeaders, Server } from 'node:http'
import type { Socket } from 'node:net'
import { AwsError } from '../aws/errors.ts'
import { isSigned, parseClaim } from '../aws/sigv4/credential.ts'
import type { FindCredential } from '../aws/sigv4/verify.ts'
import type { WireRequest } from '../aws/wire.ts'

export interface ConnectionBounds {
  /** Connections that are no WebSockets; one more is closed at once. */
  maxConnections: number
  /** Time for the head of a request, from the first one of a connection on. */
  headTimeoutMs: number
}

export const defaultConnectionBounds: ConnectionBounds = { maxConnections: 4096, headTimeoutMs: 15_000 }

export function boundConnections(server: Server, { maxConnections }: ConnectionBounds): void {
  const open = new Set<string>()
  server.on('connection', (socket) => {
    const peer = peerOf(socket)
    if (open.size >= maxConnections) return void socket.destroy()
    open.add(peer)
    socket.once('close', () => open.delete(peer))
  })
  server.on('upgrade', ({ socket }) => open.delete(peerOf(socket)))
}

/** With TLS, requests come by another socket than the connection's own: both have the same peer, and nobody else has it. */
const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`

/** Room for every call but those that bring code or logs. */
const maxStrangersBytes = 128 * 1024

interface Acquaintances {
  findCredential: FindCredential
  /** Whose session an unsigned request belongs to. */
  findSessionCaller?: (request: WireRequest) => Promise<object | undefined>
}

/** Whether a body may be larger than that, by the head of its request. */
export function mayBeLarge(headers: IncomingHttpHeaders): boolean {
  return (
    Number(headers['content-length'] ?? 0) > maxStrangersBytes || headers['transfer-encoding'] !== undefined
  )
}

/**
 * A signature can be checked only once the body is there; before a large one is read, the key that it names must exist,
 * or the session that it belongs to.
 * @throws {AwsError} as when the signature, or the session, is checked
 */
export async function checkMayBeLarge(
  request: WireRequest,
  { findCredential, findSessionCaller }: Acquaintances,
): Promise<void> {
  if (!isSigned(request) && (await findSessionCaller?.(request))) return
  const claim = parseClaim(request, { needsExpiry: true })
  if (!claim) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  const credential = await findCredential(claim.scope.accessKeyId)
  if (credential?.status === 'Active') return
  throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.')
}
