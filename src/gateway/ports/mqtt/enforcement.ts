/**
 * Ends what is not allowed any more while clients are connected: when the announcement of a change resolves, every
 * connection has been judged by it.
 */
import type { Change } from '../../../fabric/in-process/index.ts'
import type { JournalCode } from '../../../observability/journal/index.ts'
import type { CertificateStatusOf, RevocationDeps } from '../authorization.ts'
import { MultiMap } from '../../../lib/multi-map.ts'
import { enforcementPieceMs, inPieces } from '../../../lib/turn-of-others.ts'
import type { ClientEvents } from '../client-events.ts'
import { isRevoked } from '../is-revoked.ts'
import type { Client, Peer } from './client.ts'
import type { Connection } from './connection.ts'
import type { Ending } from './ending.ts'
import { judgeClient, type JudgeDeps } from './judge-client.ts'

export interface EnforcementDeps extends JudgeDeps {
  certificateStatus: CertificateStatusOf
  /** Absent when no revocation lists are kept. */
  revocations?: RevocationDeps | undefined
  /** Hears of what must not happen; the client is ended then. */
  onBug: (cause: unknown) => void
}

/** How often clients are judged anew whose policies ask for the time. */
const timedIntervalMs = 5000

export class Enforcement implements Pick<ClientEvents, 'connected' | 'disconnected'> {
  readonly #deps: EnforcementDeps
  /** By account and certificate. */
  readonly #connections = new MultiMap<Connection>()
  /** Clients that have to be judged anew. */
  readonly #due = new Set<Client>()
  /** Clients whose policies ask for the time. */
  readonly #timed = new Set<Client>()
  #timedAt = 0
  #working: Promise<void> | undefined

  constructor(deps: EnforcementDeps) {
    this.#deps = deps
  }

  watch(connection: Connection): void {
    const key = keyOf(connection.peer)
    if (key !== undefined) this.#connections.add(key, connection)
  }

  forget(connection: Connection): void {
    const key = keyOf(connection.peer)
    if (key !== undefined) this.#connections.delete(key, connection)
  }

  /** The authorization lets go of the listener when the client ends. */
  connected(client: Client): void {
    const { authorization } = client
    authorization.onChanged?.(() => this.#judgeSoon(client))
    authorization.onLost?.(({ code, details }) =>
      client.end({ journal: code, details, disconnectCode: code === 'authorizer-expired' ? 0x98 : 0x87 }),
    )
    if (!authorization.canRemember) this.#timed.add(client)
    if (authorization.version !== client.judgedVersion) void this.#judgeSoon(client)
  }

  disconnected(client: Client): void {
    this.#due.delete(client)
    this.#timed.delete(client)
  }

  /** Resolves when the change has been enforced. What policies grant is announced by the authorizations themselves. */
  async enforce({ kind, accountId, id }: Change): Promise<void> {
    if (kind === 'certificate') await this.#enforceStatus(this.#connections.get(`${accountId}/${id}`))
    if (kind === 'revocation-list') await this.#enforceRevocations(accountId, id)
  }

  /** For a connection whose certificate was changed while its CONNECT was granted. */
  async recheck(connection: Connection): Promise<void> {
    connection.isCertificateStale = false
    await this.#enforceStatus([connection])
    if (connection.client && (await this.#isRevoked(connection.client))) end(connection, revokedByList)
  }

  /** Called now and then, with epoch milliseconds. */
  sweep(at: number): void {
    if (this.#timed.size === 0 || at - this.#timedAt < timedIntervalMs) return
    this.#timedAt = at
    for (const client of this.#timed) void this.#judgeSoon(client)
  }

  /** A certificate that is not ACTIVE any more loses its connections. */
  async #enforceStatus(affected: readonly Connection[]): Promise<void> {
    const [first] = affected
    if (first?.peer.certificateId === undefined) return
    for (const connection of affected) if (connection.state === 'judged') connection.isCertificateStale = true
    const { accountId, certificateId } = first.peer
    const status = await this.#deps.certificateStatus(accountId, certificateId)
    if (status === 'ACTIVE') return
    const ending = {
      journal: reasonOf(status),
      details: { status: status ?? 'deleted' },
      disconnectCode: 0x87,
    }
    const pause = inPieces(enforcementPieceMs)
    for (const connection of affected) {
      end(connection, ending)
      await pause()
    }
  }

  /** Those whose certificates the CA's new list names lose their connections. */
  async #enforceRevocations(accountId: string, caCertificateId: string): Promise<void> {
    if (!this.#deps.revocations) return
    const pause = inPieces(enforcementPieceMs)
    for (const connection of this.#connections.all()) {
      await pause()
      if (connection.peer.accountId !== accountId) continue
      if (connection.state === 'judged') connection.isCertificateStale = true
      const { client } = connection
      if (client?.caCertificateId !== caCertificateId) continue
      if (await this.#isRevoked(client)) end(connection, revokedByList)
    }
  }

  #isRevoked({ peer, caCertificateId }: Client): Promise<boolean> {
    return isRevoked(this.#deps.revocations, peer, caCertificateId)
  }

  /** All that wait are judged in one go, so that a change that concerns thousands is one promise to wait for. */
  #judgeSoon(client: Client): Promise<void> {
    this.#due.add(client)
    return (this.#working ??= this.#judgeDue())
  }

  async #judgeDue(): Promise<void> {
    await Promise.resolve() // whoever announces hands over all its clients first
    const pause = inPieces(enforcementPieceMs)
    for (const client of this.#due) {
      this.#due.delete(client)
      this.#judge(client)
      await pause()
    }
    this.#working = undefined
  }

  #judge(client: Client): void {
    try {
      const isKept = judgeClient(client, this.#deps)
      if (isKept && !client.authorization.canRemember) this.#timed.add(client)
      else this.#timed.delete(client)
    } catch (cause) {
      this.#deps.onBug(cause)
      client.end({ journal: 'internal-failure', disconnectCode: 0x83 })
    }
  }
}

const revokedByList: Ending = { journal: 'revoked-by-crl', disconnectCode: 0x87 }

function end(connection: Connection, ending: Ending): void {
  if (connection.state === 'connected') connection.end(ending)
}

function keyOf({ accountId, certificateId }: Peer): string | undefined {
  return certificateId === undefined ? undefined : `${accountId}/${certificateId}`
}

function reasonOf(status: string | undefined): JournalCode {
  if (status === undefined) return 'certificate-deleted'
  if (status === 'PENDING_TRANSFER') return 'certificate-pending-transfer'
  return status === 'REVOKED' ? 'certificate-revoked' : 'certificate-inactive'
}
