/** The revocation list of one CA, kept current until it is disposed of. */
import type { RecordEntry } from '../../observability/journal/index.ts'
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { Log } from '../../lib/log.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import type { ParsedCertificate } from '../../lib/x509.ts'
import type { RevocationPolicy } from '../../registry/tags/index.ts'
import { CrlError, parseCrl } from './crl.ts'
import type { KeptLists, ListKey } from './kept-lists.ts'
import { describeSource, type NamedSource, type Validators } from '../../lib/outbound/named-source.ts'
import { readSource } from './read-source.ts'
import { readRevokedSerials } from './revoked-serials.ts'
import { nextLookMs } from './schedule.ts'
import {
  decideStanding,
  stateOf,
  type ListInForce,
  type ListState,
  type RevocationRefusal,
} from './standing.ts'
import { checkNotOlder, verifyCrl } from './verify-crl.ts'

export interface CaListDeps {
  fabric: Pick<Fabric, 'announce'>
  record: RecordEntry
  log: Pick<Log, 'error' | 'warn'>
  outbound: Pick<Outbound, 'findFault' | 'request'>
  kept: KeptLists
  /** Where files are looked for. */
  directory: string
  now: () => Date
  /** From 0 to 1. */
  random: () => number
}

/** What the tags of a CA ask for. */
export interface CaListSettings extends ListKey {
  ca: ParsedCertificate
  source: NamedSource
  policy: RevocationPolicy
}

/** For operators. */
export interface CaListReport {
  caCertificateId: string
  source: string
  policy: RevocationPolicy
  state: ListState
  /** Of the list in force. */
  entries?: number
  crlNumber?: string
  thisUpdate?: string
  nextUpdate?: string
  /** When it was last looked at, and what was wrong then. */
  checkedAt?: string
  error?: string
}

/** A failure that stays the same is recorded so often. */
const repeatMs = 3_600_000

export class CaList implements Disposable {
  readonly settings: CaListSettings
  readonly #deps: CaListDeps
  readonly #stop = new AbortController()
  #list: ListInForce | undefined
  /** The list in force was announced, and is kept. */
  #isSettled = true
  #validators: Validators | undefined
  #checkedAt: Date | undefined
  #error: string | undefined
  #failures = 0
  #recorded: { about: string; at: Date } | undefined
  #timer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> | undefined

  /** `before`: the list that is in force already, when only its settings change. */
  constructor(settings: CaListSettings, deps: CaListDeps, before?: CaList) {
    this.settings = settings
    this.#deps = deps
    if (!before) return
    this.#list = before.#list
    this.#isSettled = before.#isSettled
  }

  judge(certificate: { readonly serialNumber: string }): RevocationRefusal | undefined {
    const { policy } = this.settings
    return decideStanding({ list: this.#list, policy, now: this.#deps.now() }, certificate)
  }

  /** What was kept when the server stopped. What is not good any more is passed over: it will be fetched. */
  async loadKept(): Promise<void> {
    const bytes = await this.#deps.kept.read(this.settings)
    if (!bytes) return
    try {
      this.#list = await this.#verify(bytes)
    } catch (error) {
      if (!(error instanceof CrlError)) throw error
    }
  }

  /** Looks for a newer list now, and again in time. Resolves when that is done, also when it failed. */
  refresh(): Promise<void> {
    clearTimeout(this.#timer)
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
      this.#plan()
    })
    return this.#refreshing
  }

  report(): CaListReport {
    const { caCertificateId, source, policy } = this.settings
    const list = this.#list
    return {
      caCertificateId,
      source: describeSource(source),
      policy,
      state: stateOf(list, this.#deps.now()),
      ...(list && { entries: list.serials.size, thisUpdate: list.thisUpdate.toISOString() }),
      ...(list?.number !== undefined && { crlNumber: String(list.number) }),
      ...(list?.nextUpdate && { nextUpdate: list.nextUpdate.toISOString() }),
      ...(this.#checkedAt && { checkedAt: this.#checkedAt.toISOString() }),
      ...(this.#error !== undefined && { error: this.#error }),
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
    clearTimeout(this.#timer)
  }

  async #refresh(): Promise<void> {
    try {
      const isNew = await this.#look()
      if (stateOf(this.#list, this.#deps.now()) === 'expired')
        throw new CrlError(`expired on ${this.#list?.nextUpdate?.toISOString()}; there is no newer one`)
      this.#failures = 0
      this.#error = undefined
      this.#recorded = undefined
      if (isNew) this.#record('crl-loaded', {})
    } catch (cause) {
      if (!this.#stop.signal.aborted) this.#fail(cause)
    } finally {
      this.#checkedAt = this.#deps.now()
    }
  }

  #fail(cause: unknown): void {
    const isExpected = cause instanceof CrlError
    if (!isExpected) this.#deps.log.error({ err: cause }, 'a revocation list could not be taken over')
    this.#failures++
    this.#error = isExpected ? cause.message : 'could not be taken over; see the log of the server'
    const at = this.#deps.now()
    const about = `${this.#error} ${stateOf(this.#list, at)}`
    const before = this.#recorded
    if (before?.about === about && at.getTime() - before.at.getTime() < repeatMs) return
    this.#recorded = { about, at }
    this.#explain(cause)
    this.#record('crl-unavailable', { error: this.#error, policy: this.settings.policy })
  }

  /** For the operator alone: whoever sets the tag is not to learn what this server can reach. */
  #explain(failure: unknown): void {
    const { source, caCertificateId } = this.settings
    const why = failure instanceof Error ? failure.cause : undefined
    if (source.kind !== 'url' || why === undefined) return
    this.#deps.log.warn({ err: why, caCertificateId }, 'a revocation list could not be read')
  }

  /** Puts what it finds in force. True when that is another list than before. */
  async #look(): Promise<boolean> {
    const { directory, kept, fabric, outbound } = this.#deps
    const { source, accountId, caCertificateId } = this.settings
    const found = await readSource(source, {
      directory,
      validators: this.#list && this.#validators,
      signal: this.#stop.signal,
      outbound,
    })
    if (found === 'unchanged') return false
    const list = await this.#verify(found.bytes)
    const isNew = !this.#list || Buffer.compare(list.signature, this.#list.signature) !== 0
    if (this.#stop.signal.aborted) return false
    if (isNew) {
      if (this.#list) checkNotOlder(list, this.#list)
      this.#list = list
      this.#isSettled = false
    }
    if (!this.#isSettled) {
      await fabric.announce({ accountId, kind: 'revocation-list', id: caCertificateId })
      if (this.#stop.signal.aborted) return false
      await kept.write(this.settings, found.bytes) // last: it counts also when it cannot be kept
      this.#isSettled = true
    }
    this.#validators = found.validators
    return isNew
  }

  async #verify(bytes: Uint8Array): Promise<ListInForce> {
    const crl = parseCrl(bytes)
    await verifyCrl(crl, this.settings.ca, this.#deps.now())
    const { number, thisUpdate, nextUpdate, signature } = crl
    const serials = await readRevokedSerials(crl)
    return { serials, number, thisUpdate, nextUpdate, signature: Uint8Array.from(signature) }
  }

  #plan(): void {
    if (this.#stop.signal.aborted) return
    const { now, random } = this.#deps
    const delay = nextLookMs({
      source: this.settings.source,
      list: this.#list,
      failures: this.#failures,
      now: now(),
      random: random(),
    })
    this.#timer = setTimeout(() => void this.refresh(), delay).unref()
  }

  #record(code: 'crl-loaded' | 'crl-unavailable', details: Record<string, string>): void {
    const { accountId, caCertificateId } = this.settings
    const { state, source, entries, crlNumber, nextUpdate } = this.report()
    this.#deps.record({
      accountId,
      code,
      at: this.#deps.now(),
      caCertificateId,
      details: {
        source,
        state,
        ...(entries !== undefined && { entries }),
        ...(crlNumber !== undefined && { crlNumber }),
        ...(nextUpdate !== undefined && { nextUpdate }),
        ...details,
      },
    })
  }
}
