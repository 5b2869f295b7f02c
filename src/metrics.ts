/** The page of `/metrics` (Prometheus text format 0.0.4). */
import type { Gateway } from './gateway/index.ts'
import type { Journal } from './journal/index.ts'

export interface MetricsSources {
  journal: Pick<Journal, 'counts'>
  devices: ReturnType<Gateway['stats']>
}

export function renderMetrics({ journal, devices }: MetricsSources): string {
  const { connections, clients } = devices
  const { rss } = process.memoryUsage()
  const byCode = [...journal.counts].map(
    ([code, count]) => `muster_journal_entries_total{code="${code}"} ${count}`,
  )
  return [
    '# HELP muster_journal_entries_total Decisions about devices since the start, by reason code.',
    '# TYPE muster_journal_entries_total counter',
    ...byCode,
    '# HELP muster_device_connections Open connections on the device ports.',
    '# TYPE muster_device_connections gauge',
    `muster_device_connections ${connections}`,
    '# HELP muster_mqtt_clients Connected MQTT clients.',
    '# TYPE muster_mqtt_clients gauge',
    `muster_mqtt_clients ${clients}`,
    '# HELP process_resident_memory_bytes Resident memory.',
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${rss}`,
    '',
  ].join('\n')
}
