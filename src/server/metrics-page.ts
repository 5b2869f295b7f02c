/** Puts together what `/metrics` shows, of the parts of a running server. */
import type { BackupSchedule } from './backup/index.ts'
import type { EndingCertificate } from './certificate-families.ts'
import type { Gateway } from '../gateway/ports/index.ts'
import { renderMetrics } from './metrics.ts'
import type { Parts } from './parts.ts'
import { openCaEnds } from '../pki/expiry/index.ts'

export interface MetricsPageDeps {
  /** Absent until the device ports are open. */
  devices: () => Gateway | undefined
  /** Absent where the server makes none of itself, and until all ports are open. */
  backups: () => BackupSchedule | undefined
  /** When what the port of the APIs shows ends; absent without TLS. */
  apiTlsEnd: () => Date | undefined
}

export function createMetricsPage(parts: Parts, { devices, backups, apiTlsEnd }: MetricsPageDeps) {
  const { journal, sessions, revocationLists, meters, rules, copies } = parts
  const cas = openCaEnds(parts)
  return async (): Promise<string> =>
    renderMetrics({
      journal,
      backups: backups()?.stats(),
      copies: copies?.stats(),
      meters,
      rules: { ...rules.counts.totals, dropped: rules.dropped(), waiting: rules.waiting() },
      devices: devices()?.stats(),
      sessions: sessions.stats(),
      revocationLists: revocationLists.stats(),
      certificates: { cas: await cas.first(), server: shownNow(devices(), apiTlsEnd()) },
    })
}

function shownNow(devices: Gateway | undefined, apiTlsEnd: Date | undefined): EndingCertificate[] {
  const ofDevices = devices?.shownCertificates() ?? []
  return [
    ...ofDevices.map(({ domainName = '', notAfter }) => ({ port: 'devices' as const, domainName, notAfter })),
    ...(apiTlsEnd ? [{ port: 'api' as const, domainName: '', notAfter: apiTlsEnd }] : []),
  ]
}
