/**
 * Revocation lists of CAs that are tagged with `muster:crl`: in memory, and current by themselves.
 * Whether a certificate is revoked costs no query and, for CAs without a list, nothing at all.
 */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findCaCertificate } from '../certificates/index.ts'
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { RecordEntry } from '../../observability/journal/index.ts'
import { parseArn } from '../../lib/arn.ts'
import type { Log } from '../../lib/log.ts'
import { describeSource, toNamedSource } from '../../lib/outbound/named-source.ts'
import type { Outbound } from '../../lib/outbound/outbound.ts'
import { parseCertificate } from '../../lib/x509.ts'
import type { Store } from '../../store/index.ts'
import {
  findTagged,
  listTags,
  revocationPolicyOption,
  revocationSourceOption,
  toRevocationPolicy,
} from '../../registry/tags/index.ts'
import { CaList, type CaListDeps, type CaListReport, type CaListSettings } from './ca-list.ts'
import { openKeptLists, type ListKey } from './kept-lists.ts'
import type { RevocationRefusal } from './standing.ts'

interface RevocationQuestion extends ListKey {
  /** Its number is asked for only when the CA has a list. */
  certificate: { readonly serialNumber: string }
}

export interface RevocationLists extends Disposable {
  /** Why a device that shows up is kept out; `undefined` when nothing speaks against it. */
  judge: (question: RevocationQuestion) => RevocationRefusal | undefined
  /**
   * Whether the list in force names the certificate: enough for those that are connected already. `serialNumber` is
   * hex as `X509Certificate` gives it.
   */
  isRevoked: (accountId: string, caCertificateId: string, serialNumber: string) => boolean
  report: (accountId: string) => CaListReport[]
  /** `unavailable`: lists that are missing or have expired. `revoked`: entries of all lists. */
  stats: () => { lists: number; unavailable: number; revoked: number }
  /** Looks for a newer list of the CA now; resolves when it is in force or has failed. */
  refresh: (key: ListKey) => Promise<void>
}

interface RevocationListsDeps {
  store: Pick<Store, 'read'>
  fabric: Pick<Fabric, 'announce' | 'onChange'>
  record: RecordEntry
  log: Pick<Log, 'error' | 'warn'>
  outbound: Pick<Outbound, 'findFault' | 'request'>
  now: () => Date
  /** Keeps the last good lists below it. */
  dataDirectory: string
  /** Where files are looked for; `crl` in the data directory when absent. */
  crlDirectory?: string | undefined
  /** From 0 to 1. */
  random?: () => number
  /** How long whoever tags a CA waits for the list at most; 5 seconds when absent. */
  maxFirstLookMs?: number
}

/** Resolves when the lists that were kept are in force; newer ones are looked for meanwhile. */
export async function startRevocationLists(deps: RevocationListsDeps): Promise<RevocationLists> {
  const { dataDirectory, crlDirectory = join(dataDirectory, 'crl'), random = Math.random } = deps
  const { maxFirstLookMs = 5000 } = deps
  const kept = await openKeptLists(join(dataDirectory, 'revocation-lists'))
  const lists = new WatchedLists(deps.store, { ...deps, kept, directory: crlDirectory, random })
  const tagged = await findTagged(deps.store.read, revocationSourceOption)
  const keys = tagged.map(({ accountId, resourceArn }) => ({
    accountId,
    caCertificateId: parseArn(resourceArn)?.resource.split('/')[1] ?? '',
  }))
  await kept.keepOnly(keys)
  for (const key of keys) void (await lists.apply(key))?.refresh()
  lists.listen(deps.fabric, maxFirstLookMs)
  return lists
}

class WatchedLists implements RevocationLists {
  readonly #store: Pick<Store, 'read'>
  readonly #deps: CaListDeps
  readonly #lists = new Map<string, CaList>()
  #applied: Promise<unknown> = Promise.resolve()
  #listening: Disposable | undefined

  constructor(store: Pick<Store, 'read'>, deps: CaListDeps) {
    this.#store = store
    this.#deps = deps
  }

  judge = ({ certificate, ...key }: RevocationQuestion): RevocationRefusal | undefined =>
    this.#lists.get(nameOf(key))?.judge(certificate)

  isRevoked = (accountId: string, caCertificateId: string, serialNumber: string): boolean =>
    this.judge({ accountId, caCertificateId, certificate: { serialNumber } }) === 'revoked-by-crl'

  report = (accountId: string): CaListReport[] =>
    [...this.#lists.values()]
      .filter(({ settings }) => settings.accountId === accountId)
      .map((list) => list.report())
      .toSorted((left, right) => (left.caCertificateId < right.caCertificateId ? -1 : 1))

  stats = () => {
    const reports = [...this.#lists.values()].map((list) => list.report())
    return {
      lists: reports.length,
      unavailable: reports.filter(({ state }) => state !== 'current').length,
      revoked: reports.reduce((sum, { entries = 0 }) => sum + entries, 0),
    }
  }

  refresh = async (key: ListKey): Promise<void> => this.#lists.get(nameOf(key))?.refresh()

  listen(fabric: Pick<Fabric, 'onChange'>, maxFirstLookMs: number): void {
    this.#listening = fabric.onChange(async ({ kind, accountId, id }) => {
      if (kind !== 'ca-certificate') return
      const list = await this.apply({ accountId, caCertificateId: id })
      if (list) await Promise.race([list.refresh(), wait(maxFirstLookMs, undefined, { ref: false })])
    })
  }

  /** Does what the CA's tags say now. Resolves with its list when that has to be looked for anew. */
  apply(key: ListKey): Promise<CaList | undefined> {
    const applied = this.#applied.then(() => this.#apply(key))
    this.#applied = applied.catch(() => {}) // whoever asked hears of it
    return applied
  }

  [Symbol.dispose](): void {
    this.#listening?.[Symbol.dispose]()
    for (const list of this.#lists.values()) list[Symbol.dispose]()
  }

  async #apply(key: ListKey): Promise<CaList | undefined> {
    const known = this.#lists.get(nameOf(key))
    const settings = await findSettings(this.#store, key)
    if (known && settings && isSame(known.settings, settings)) return undefined
    known?.[Symbol.dispose]()
    if (!settings) {
      this.#lists.delete(nameOf(key))
      if (known) await this.#deps.kept.remove(key)
      return undefined
    }
    const list = new CaList(settings, this.#deps, known)
    if (!known) await list.loadKept()
    this.#lists.set(nameOf(key), list)
    return list
  }
}

const nameOf = ({ accountId, caCertificateId }: ListKey) => `${accountId}/${caCertificateId}`

function isSame(left: CaListSettings, right: CaListSettings): boolean {
  const href = ({ source }: CaListSettings) =>
    source.kind === 'url' ? source.url.href : describeSource(source)
  return left.policy === right.policy && left.source.kind === right.source.kind && href(left) === href(right)
}

/** `undefined` when the CA is gone or has no list. */
async function findSettings(
  { read }: Pick<Store, 'read'>,
  key: ListKey,
): Promise<CaListSettings | undefined> {
  const ca = await findCaCertificate(read, key.accountId, key.caCertificateId)
  if (!ca) return undefined
  const tags = new Map(
    (await listTags(read, key.accountId, ca.certificateArn)).map(({ Key, Value }) => [Key, Value]),
  )
  const source = toNamedSource(tags.get(revocationSourceOption) ?? '')
  if (!source) return undefined
  const policy = toRevocationPolicy(tags.get(revocationPolicyOption)) ?? 'soft'
  return { ...key, ca: parseCertificate(ca.certificatePem), source, policy }
}
