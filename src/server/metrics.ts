/** The page of `/metrics` (Prometheus text format 0.0.4). */
import type { BackupStats } from './backup/index.ts'
import { readVersion } from '../lib/version.ts'
import type { Gateway } from '../gateway/ports/index.ts'
import type { Journal } from '../observability/journal/index.ts'
import type { RevocationLists } from '../pki/revocation-lists/index.ts'
import type { Sessions } from '../messaging/sessions/index.ts'

export interface MetricsSources {
  journal: Pick<Journal, 'counts'>
  devices: ReturnType<Gateway['stats']>
  sessions: ReturnType<Sessions['stats']>
  /** Absent where the server makes none of itself. */
  backups?: BackupStats | undefined
  revocationLists: ReturnType<RevocationLists['stats']>
}

export function renderMetrics(sources: MetricsSources): string {
  const { journal, devices, sessions, revocationLists, backups } = sources
  const byCode = [...journal.counts].map(
    ([code, count]) => `muster_journal_entries_total{code="${code}"} ${count}`,
  )
  const { rss, heapUsed } = process.memoryUsage()
  return [
    ...labelled('muster_build_info', 'Which Muster this is; always 1.', {
      version: readVersion(),
      node: process.versions.node,
    }),
    ...gauge('process_start_time_seconds', 'When the process started.', performance.timeOrigin / 1000),
    '# HELP muster_journal_entries_total Decisions about devices since the start, by reason code.',
    '# TYPE muster_journal_entries_total counter',
    ...byCode,
    ...gauge('muster_device_connections', 'Open connections on the device ports.', devices.connections),
    ...gauge('muster_mqtt_clients', 'Connected MQTT clients.', devices.clients),
    ...gauge('muster_persistent_sessions', 'Sessions that outlive their connection.', sessions.persistent),
    ...gauge('muster_offline_sessions', 'Those whose client is not connected.', sessions.offline),
    '# HELP muster_messages_dropped_total Messages that sessions lost since the start, by reason.',
    '# TYPE muster_messages_dropped_total counter',
    ...[...sessions.dropped].flatMap(([account, counts]) =>
      Object.entries(counts).map(
        ([reason, count]) =>
          `muster_messages_dropped_total{account="${account}",reason="${reason}"} ${count}`,
      ),
    ),
    ...gauge('muster_revocation_lists', 'CAs that have a revocation list.', revocationLists.lists),
    ...gauge(
      'muster_revocation_lists_unavailable',
      'Those that are missing or have expired.',
      revocationLists.unavailable,
    ),
    ...(backups ? backupLines(backups) : []),
    ...gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    ...gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed),
    '',
  ].join('\n')
}

function backupLines({ lastSuccessAt, failures }: BackupStats): string[] {
  const last = 'muster_backup_last_success_timestamp_seconds'
  return [
    ...gauge(last, 'When the newest backup was made; 0 while there is none.', (lastSuccessAt ?? 0) / 1000),
    '# HELP muster_backup_failures_total Backups that failed since the start.',
    '# TYPE muster_backup_failures_total counter',
    `muster_backup_failures_total ${failures}`,
  ]
}

const labelled = (name: string, help: string, labels: Record<string, string>): string[] => {
  const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name}{${text.join(',')}} 1`]
}

const gauge = (name: string, help: string, value: number): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  `${name} ${value}`,
]
