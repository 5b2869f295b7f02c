/** What `/metrics` shows, family by family. */
import type { BackupStats } from './backup/index.ts'
import { certificateFamilies, type CertificateEnds } from './certificate-families.ts'
import type { CopiesStats } from './copies/index.ts'
import { readVersion } from '../lib/version.ts'
import type { Gateway } from '../gateway/ports/index.ts'
import type { Journal } from '../observability/journal/index.ts'
import {
  counter,
  gauge,
  histogram,
  renderFamilies,
  type Family,
  type Meters,
} from '../observability/metrics/index.ts'
import type { RevocationLists } from '../pki/revocation-lists/index.ts'
import type { Rules } from '../rules/index.ts'
import type { Sessions } from '../messaging/sessions/index.ts'

export interface MetricsSources {
  meters: Meters
  journal: Pick<Journal, 'counts'>
  /** Absent until the device ports are open. */
  devices: ReturnType<Gateway['stats']> | undefined
  sessions: ReturnType<Sessions['stats']>
  rules: Rules['counts']['totals'] & { dropped: number; waiting: number }
  /** Absent where the server makes none of itself. */
  backups?: BackupStats | undefined
  /** Absent where nobody asks for them. */
  copies?: CopiesStats | undefined
  revocationLists: ReturnType<RevocationLists['stats']>
  certificates: CertificateEnds
}

export const renderMetrics = (sources: MetricsSources): string =>
  renderFamilies([
    ...processFamilies(sources),
    ...deviceFamilies(sources),
    ...messageFamilies(sources),
    ...apiFamilies(sources),
    ...ruleFamilies(sources),
    ...certificateFamilies(sources.certificates, sources.meters),
    ...upkeepFamilies(sources),
  ])

function processFamilies({ meters: { eventLoop } }: MetricsSources): Family[] {
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const version = { version: readVersion(), node: process.versions.node }
  const build = 'Which Muster this is; always 1.'
  return [
    { name: 'muster_build_info', help: build, type: 'gauge', samples: [{ labels: version, value: 1 }] },
    gauge('process_start_time_seconds', 'When the process started.', performance.timeOrigin / 1000),
    counter('process_cpu_seconds_total', 'Processor time, of user and system.', (user + system) / 1e6),
    gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    gauge('nodejs_heap_size_used_bytes', 'Heap in use.', heapUsed),
    counter(
      'nodejs_eventloop_busy_seconds_total',
      'Time that the event loop worked.',
      eventLoop.busySeconds(),
    ),
    histogram(
      'nodejs_eventloop_lag_seconds',
      'How late timers came, looked at twice a second.',
      eventLoop.lag,
    ),
  ]
}

function deviceFamilies({ meters, journal, devices, sessions }: MetricsSources): Family[] {
  const { connections = 0, clients = 0 } = devices ?? {}
  const decisions = [...journal.counts].map(([code, value]) => ({ labels: { code }, value }))
  return [
    counter(
      'muster_journal_entries_total',
      'Decisions about devices since the start, by reason code.',
      decisions,
    ),
    gauge('muster_device_connections', 'Open connections on the device ports.', connections),
    gauge('muster_mqtt_clients', 'Connected MQTT clients.', clients),
    gauge('muster_persistent_sessions', 'Sessions that outlive their connection.', sessions.persistent),
    gauge('muster_offline_sessions', 'Those whose client is not connected.', sessions.offline),
    histogram(
      'muster_connect_duration_seconds',
      'From the first byte of MQTT until the CONNACK of an accepted client.',
      meters.connectSeconds,
    ),
    histogram(
      'muster_admission_duration_seconds',
      'To decide about the first connection of a certificate, and to keep what was made.',
      meters.admissionSeconds,
    ),
  ]
}

function messageFamilies({ meters, devices, sessions }: MetricsSources): Family[] {
  const { messagesReceived = 0, messagesSent = 0, bytesReceived = 0, bytesSent = 0 } = devices ?? {}
  const dropped = [...sessions.dropped].flatMap(([account, counts]) =>
    Object.entries(counts).map(([reason, value]) => ({ labels: { account, reason }, value })),
  )
  return [
    counter(
      'muster_mqtt_messages_received_total',
      'PUBLISH packets of clients that were taken.',
      messagesReceived,
    ),
    counter('muster_mqtt_messages_sent_total', 'PUBLISH packets sent to clients.', messagesSent),
    counter('muster_mqtt_received_bytes_total', 'Bytes of MQTT from clients, without TLS.', bytesReceived),
    counter('muster_mqtt_sent_bytes_total', 'Bytes of MQTT to clients, without TLS.', bytesSent),
    histogram(
      'muster_publish_duration_seconds',
      'From a PUBLISH with QoS 1 or 2 until it was acknowledged.',
      meters.publishSeconds,
    ),
    gauge(
      'muster_session_messages_waiting',
      'Messages kept for sessions that outlive their connection, and for shared groups nobody of which is there.',
      sessions.queued,
    ),
    counter(
      'muster_messages_dropped_total',
      'Messages that sessions lost since the start, by reason.',
      dropped,
    ),
  ]
}

function apiFamilies({ meters }: MetricsSources): Family[] {
  return [
    counter(
      'muster_api_calls_total',
      'Calls of the AWS APIs and of the own one (service muster); no operation where none could be told.',
      meters.apiCalls.samples(),
    ),
    histogram(
      'muster_api_call_duration_seconds',
      'Until a call was answered, by service.',
      meters.apiSeconds,
    ),
    histogram(
      'muster_function_duration_seconds',
      'Until a function had answered or failed, by outcome.',
      meters.functionSeconds,
    ),
  ]
}

/** As AWS names them in CloudWatch: TopicMatch, Success, Failure. */
const ruleFamilies = ({ meters, rules }: MetricsSources): Family[] => [
  counter('muster_rule_topic_matches_total', "Messages on a rule's topic.", rules.topicMatch),
  counter('muster_rule_action_successes_total', 'Actions of rules that did their work.', rules.success),
  counter('muster_rule_failures_total', 'Statements and actions of rules that failed.', rules.failure),
  counter('muster_rule_messages_dropped_total', 'Messages that found no room before a rule.', rules.dropped),
  gauge('muster_rule_messages_waiting', 'Messages that wait for a rule.', rules.waiting),
  histogram(
    'muster_rule_duration_seconds',
    'One message through one rule: the statement, and actions with what they waited for.',
    meters.ruleSeconds,
  ),
]

function upkeepFamilies({ meters, revocationLists, backups, copies }: MetricsSources): Family[] {
  return [
    histogram(
      'muster_commit_duration_seconds',
      'From the beginning of a batch of transactions until it was durable.',
      meters.commitSeconds,
    ),
    gauge('muster_revocation_lists', 'CAs that have a revocation list.', revocationLists.lists),
    gauge(
      'muster_revocation_lists_unavailable',
      'Those that are missing or have expired.',
      revocationLists.unavailable,
    ),
    ...(backups ? backupFamilies(backups) : []),
    ...(copies ? copiesFamilies(copies) : []),
  ]
}

const backupFamilies = ({ lastSuccessAt, failures }: BackupStats): Family[] => [
  gauge(
    'muster_backup_last_success_timestamp_seconds',
    'When the newest backup was made; 0 while there is none.',
    (lastSuccessAt ?? 0) / 1000,
  ),
  counter('muster_backup_failures_total', 'Backups that failed since the start.', failures),
]

const copiesFamilies = ({ currentAt, failures, other }: CopiesStats): Family[] => [
  gauge(
    'muster_wal_copies_current_timestamp_seconds',
    'All that had been committed by then is copied and can be restored; 0 until anything can.',
    (currentAt ?? 0) / 1000,
  ),
  counter('muster_wal_copies_failures_total', 'How often copying failed since the start.', failures),
  gauge(
    'muster_wal_copies_other_owner',
    '1 while nothing is copied because another server writes its copies there.',
    other ? 1 : 0,
  ),
]
