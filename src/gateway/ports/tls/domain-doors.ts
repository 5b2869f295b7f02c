import type { DomainConfiguration, Domains } from '../../domain-configurations/index.ts'
import type { Log } from '../../../lib/log.ts'
import type { DomainCertificates } from './domain-certificates.ts'
import { watchFiles } from './file-watch.ts'
import type { ServerTls } from './certificate-pair.ts'
import type { DomainTls } from './tls-fronts.ts'
import { causeText } from '../../../lib/cause-text.ts'

export interface DomainDoorsDeps {
  domains: Pick<Domains, 'list' | 'onChanged'>
  certificates: DomainCertificates
  /** Takes over for new handshakes. */
  show: (domains: readonly DomainTls[]) => void
  log: Pick<Log, 'error'>
  /** How often the operator's files are looked at. */
  watchEveryMs?: number | undefined
}

export interface DomainDoors extends Disposable {
  /** Reads the certificates again, and renews those that end soon. */
  reload: () => Promise<void>
}

/** Keeps the certificates that are shown for configured domains current: with the configurations, and with the files. */
export async function openDomainDoors(deps: DomainDoorsDeps): Promise<DomainDoors> {
  const { domains, certificates, show, log, watchEveryMs } = deps
  const load = createLoader(deps)

  async function loadAll(): Promise<void> {
    const loaded = await Promise.all(domains.list().map(load))
    show(loaded)
  }

  let loading = loadAll()
  await loading

  function reload(): Promise<void> {
    const next = loading.then(loadAll) // one after the other, so that the last one read wins
    loading = next.catch(() => {})
    return next
  }

  const changes = domains.onChanged(reload)
  const watch = watchFiles({
    files: () => domains.list().flatMap(({ domainName }) => certificates.files(domainName)),
    changed: () =>
      void reload().catch((error: unknown) => log.error({ error }, 'certificates could not be read')),
    ...(watchEveryMs !== undefined && { everyMs: watchEveryMs }),
  })
  return {
    reload,
    [Symbol.dispose]() {
      changes[Symbol.dispose]()
      watch[Symbol.dispose]()
    },
  }
}

function createLoader({ certificates, log }: Pick<DomainDoorsDeps, 'certificates' | 'log'>) {
  /** What was last good, by domain: files that are half replaced must not lock devices out. */
  const lastGood = new Map<string, ServerTls>()

  return async function load(configuration: DomainConfiguration): Promise<DomainTls> {
    const { domainName, name, status } = configuration
    if (status !== 'ENABLED') return { configuration }
    const { tls, fault } = await certificates.load(domainName).catch((cause: unknown) => ({
      tls: undefined,
      fault: causeText(cause),
    }))
    if (fault !== undefined) log.error({ domain: name, fault }, 'a server certificate is faulty')
    if (tls) lastGood.set(domainName, tls)
    const shown = tls ?? lastGood.get(domainName)
    return { configuration, ...(shown && { tls: shown }) }
  }
}
