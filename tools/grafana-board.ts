/** The board for Grafana, packaging/grafana/muster.json: what `/metrics` tells, in the order in which one looks for a fault. */

interface Query {
  /** PromQL; `$instance` and `$__rate_interval` are Grafana's to fill in. */
  expr: string
  /** What a line is called, of its labels. */
  legend: string
}

interface Panel {
  title: string
  unit: string
  queries: readonly Query[]
  /** Of 24. */
  width: number
  kind?: 'stat' | 'timeseries'
}

interface Row {
  title: string
  panels: readonly Panel[]
}

const of = (metric: string, labels = ''): string =>
  `${metric}{instance=~"$instance"${labels === '' ? '' : `,${labels}`}}`

const rate = (metric: string, labels = ''): string => `rate(${of(metric, labels)}[$__rate_interval])`

const sumRate = (metric: string, by?: string): string =>
  by === undefined ? `sum(${rate(metric)})` : `sum by (${by}) (${rate(metric)})`

/** How long the share of them took at most. */
const quantile = (share: number, metric: string, by = ''): string =>
  `histogram_quantile(${share}, sum by (le${by === '' ? '' : `, ${by}`}) (${rate(`${metric}_bucket`)}))`

const quantiles = (metric: string): Query[] =>
  [0.5, 0.95, 0.99].map((share) => ({ expr: quantile(share, metric), legend: `${share * 100} %` }))

const timed = (title: string, metric: string, width = 6): Panel => ({
  title,
  unit: 's',
  width,
  queries: quantiles(metric),
})

const stat = (title: string, unit: string, expr: string, legend = ''): Panel => ({
  title,
  unit,
  width: 4,
  kind: 'stat',
  queries: [{ expr, legend }],
})

const rows: readonly Row[] = [
  {
    title: 'Is it well?',
    panels: [
      stat('Version', 'none', of('muster_build_info'), '{{version}}'),
      stat('Running for', 's', `time() - ${of('process_start_time_seconds')}`),
      stat('Clients', 'none', `sum(${of('muster_mqtt_clients')})`),
      stat('Memory', 'bytes', `sum(${of('process_resident_memory_bytes')})`),
      stat('Processor', 'percentunit', sumRate('process_cpu_seconds_total')),
      stat('Event loop busy', 'percentunit', sumRate('nodejs_eventloop_busy_seconds_total')),
      timed('How late the event loop is', 'nodejs_eventloop_lag_seconds', 12),
      timed('Until a commit is durable', 'muster_commit_duration_seconds', 12),
    ],
  },
  {
    title: 'Devices',
    panels: [
      {
        title: 'Decisions, by reason code',
        unit: 'ops',
        width: 12,
        queries: [{ expr: sumRate('muster_journal_entries_total', 'code'), legend: '{{code}}' }],
      },
      timed('From the first byte to the CONNACK', 'muster_connect_duration_seconds'),
      timed('First connections: to decide and to keep', 'muster_admission_duration_seconds'),
      {
        title: 'Connections and sessions',
        unit: 'none',
        width: 12,
        queries: [
          { expr: `sum(${of('muster_device_connections')})`, legend: 'connections' },
          { expr: `sum(${of('muster_mqtt_clients')})`, legend: 'clients' },
          { expr: `sum(${of('muster_persistent_sessions')})`, legend: 'sessions that are kept' },
          { expr: `sum(${of('muster_offline_sessions')})`, legend: 'of these, away' },
        ],
      },
      {
        title: 'Memory in use',
        unit: 'bytes',
        width: 12,
        queries: [
          { expr: of('process_resident_memory_bytes'), legend: 'resident {{instance}}' },
          { expr: of('nodejs_heap_size_used_bytes'), legend: 'heap {{instance}}' },
        ],
      },
    ],
  },
  {
    title: 'Messages',
    panels: [
      {
        title: 'Messages',
        unit: 'ops',
        width: 6,
        queries: [
          { expr: sumRate('muster_mqtt_messages_received_total'), legend: 'in' },
          { expr: sumRate('muster_mqtt_messages_sent_total'), legend: 'out' },
        ],
      },
      {
        title: 'Bytes of MQTT',
        unit: 'Bps',
        width: 6,
        queries: [
          { expr: sumRate('muster_mqtt_received_bytes_total'), legend: 'in' },
          { expr: sumRate('muster_mqtt_sent_bytes_total'), legend: 'out' },
        ],
      },
      timed('From PUBLISH to its acknowledgement', 'muster_publish_duration_seconds'),
      {
        title: 'Waiting, and lost',
        unit: 'none',
        width: 6,
        queries: [
          { expr: `sum(${of('muster_session_messages_waiting')})`, legend: 'waiting for clients' },
          { expr: `sum(${of('muster_rule_messages_waiting')})`, legend: 'waiting for rules' },
          { expr: sumRate('muster_messages_dropped_total', 'reason'), legend: 'lost a second: {{reason}}' },
        ],
      },
    ],
  },
  {
    title: 'Calls, rules, functions',
    panels: [
      {
        title: 'API calls, by operation',
        unit: 'ops',
        width: 8,
        queries: [
          { expr: `topk(15, ${sumRate('muster_api_calls_total', 'operation')})`, legend: '{{operation}}' },
        ],
      },
      {
        title: 'API calls that were refused or failed',
        unit: 'ops',
        width: 8,
        queries: [
          {
            expr: `sum by (status, service) (${rate('muster_api_calls_total', 'status=~"[45].."')})`,
            legend: '{{status}} {{service}}',
          },
        ],
      },
      {
        title: 'API calls: 95 % took at most',
        unit: 's',
        width: 8,
        queries: [
          { expr: quantile(0.95, 'muster_api_call_duration_seconds', 'service'), legend: '{{service}}' },
        ],
      },
      {
        title: 'Rules',
        unit: 'ops',
        width: 8,
        queries: [
          { expr: sumRate('muster_rule_topic_matches_total'), legend: 'messages on a topic' },
          { expr: sumRate('muster_rule_action_successes_total'), legend: 'actions done' },
          { expr: sumRate('muster_rule_failures_total'), legend: 'failures' },
          { expr: sumRate('muster_rule_messages_dropped_total'), legend: 'no room' },
        ],
      },
      timed('One message through one rule', 'muster_rule_duration_seconds', 8),
      {
        title: 'Functions: 95 % took at most',
        unit: 's',
        width: 8,
        queries: [
          { expr: quantile(0.95, 'muster_function_duration_seconds', 'outcome'), legend: '{{outcome}}' },
        ],
      },
    ],
  },
  {
    title: 'What ends',
    panels: [
      {
        title: 'Certificates of the server: time left',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `${of('muster_server_certificate_expiry_timestamp_seconds')} - time()`,
            legend: '{{port}} {{domain}} {{instance}}',
          },
        ],
      },
      {
        title: 'CAs of devices: time left',
        unit: 's',
        width: 8,
        queries: [
          {
            expr: `min by (account, ca) (${of('muster_ca_certificate_expiry_timestamp_seconds')}) - time()`,
            legend: '{{ca}}',
          },
        ],
      },
      {
        title: 'Told that they end, in a day',
        unit: 'none',
        width: 8,
        queries: [
          {
            expr: `sum by (kind, days) (increase(${of('muster_expiry_notices_total')}[1d]))`,
            legend: '{{kind}}, {{days}} days before',
          },
        ],
      },
      stat('Age of the newest backup', 's', `time() - ${of('muster_backup_last_success_timestamp_seconds')}`),
      stat('Backups that failed', 'none', `sum(${of('muster_backup_failures_total')})`),
      stat('Revocation lists', 'none', `sum(${of('muster_revocation_lists')})`),
      stat('of these, missing', 'none', `sum(${of('muster_revocation_lists_unavailable')})`),
    ],
  },
]

/** Each query of the board, as Grafana would ask it with that in place of its variables. */
export const boardQueries = (instance: string, window: string): Query[] =>
  rows.flatMap(({ panels }) =>
    panels.flatMap(({ queries }) =>
      queries.map(({ expr, legend }) => ({
        expr: expr.replaceAll('$instance', instance).replaceAll('$__rate_interval', window),
        legend,
      })),
    ),
  )

const datasource = { type: 'prometheus', uid: '${datasource}' }

function toPanel({ title, unit, queries, width, kind = 'timeseries' }: Panel, at: { x: number; y: number }) {
  return {
    type: kind,
    title,
    datasource,
    gridPos: { ...at, w: width, h: heightOf(kind) },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    ...(kind === 'stat' && { options: { textMode: unit === 'none' ? 'auto' : 'value' } }),
    targets: queries.map(({ expr, legend }, number) => ({
      refId: String.fromCharCode(65 + number),
      datasource,
      expr,
      legendFormat: legend,
    })),
  }
}

const heightOf = (kind: 'stat' | 'timeseries') => (kind === 'stat' ? 4 : 8)

/** One under the other; a panel that has no room in a line begins the next. */
function layOut(): object[] {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push({
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    })
    y += 1
    let line = { x: 0, height: 0 }
    for (const panel of row.panels) {
      if (line.x + panel.width > 24) {
        y += line.height
        line = { x: 0, height: 0 }
      }
      panels.push(toPanel(panel, { x: line.x, y }))
      line = { x: line.x + panel.width, height: Math.max(line.height, heightOf(panel.kind ?? 'timeseries')) }
    }
    y += line.height
  }
  return panels.map((panel, at) => ({ id: at + 1, ...panel }))
}

const variables = [
  { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
  {
    name: 'instance',
    label: 'Server',
    type: 'query',
    datasource,
    query: 'label_values(muster_build_info, instance)',
    refresh: 2,
    multi: true,
    includeAll: true,
  },
]

/** JSON, as Grafana 10 and later import it. */
export function grafanaBoard(): string {
  const board = {
    title: 'Muster',
    uid: 'muster',
    tags: ['muster', 'iot'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    templating: { list: variables },
    panels: layOut(),
  }
  return `${JSON.stringify(board, undefined, 2)}\n`
}
