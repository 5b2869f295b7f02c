/** What `muster top` shows at a time. Pure. */
import { stripVTControlCharacters, styleText } from 'node:util'
import { reasonCodes } from '../../observability/journal/index.ts'
import type { Metrics } from './read-metrics.ts'

/** What a server said of itself at a time. */
export interface Reading {
  /** Epoch milliseconds. */
  at: number
  metrics: Metrics
  /** The latest, newest last; a text where the server does not tell who asks. */
  refusals: readonly Refusal[] | string
}

interface Refusal {
  /** ISO 8601. */
  at: string
  code: string
  sourceIp?: string
}

export interface Screen {
  /** Characters in a line, and lines. */
  width: number
  height: number
  hasColours: boolean
}

type Style = 'bold' | 'dim' | 'yellow' | 'red'

const rates: [name: string, metric: string][] = [
  ['connects', 'muster_connect_duration_seconds_count'],
  ['messages in', 'muster_mqtt_messages_received_total'],
  ['messages out', 'muster_mqtt_messages_sent_total'],
  ['bytes in', 'muster_mqtt_received_bytes_total'],
  ['bytes out', 'muster_mqtt_sent_bytes_total'],
  ['API calls', 'muster_api_calls_total'],
  ['commits', 'muster_commit_duration_seconds_count'],
  ['messages lost', 'muster_messages_dropped_total'],
]
const numbers = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const nameWidth = 28
const columnWidth = 14
const maxLatest = 5

/**
 * Lines, none longer than the screen is wide nor more than it is high. `before` is an earlier reading, for rates; a server that was
 * started anew meanwhile has none.
 */
export function renderFrame(
  { before, now, place }: { before: Reading; now: Reading; place: string },
  { width, height, hasColours }: Screen,
): string[] {
  const style = (styles: Style, text: string) =>
    hasColours ? styleText(styles, text, { validateStream: false }) : text
  const lines = [
    ...headLines({ now, place }, style),
    '',
    ...rateLines(before, now, style),
    '',
    ...refusalLines(before, now, style),
  ]
  return lines.map((line) => cut(line, width)).slice(0, height)
}

type Styled = (style: Style, text: string) => string

function headLines({ now, place }: { now: Reading; place: string }, style: Styled): string[] {
  const { metrics } = now
  const { sum } = metrics
  const [version = ''] = metrics.by('muster_build_info', 'version').keys()
  const up = now.at / 1000 - sum('process_start_time_seconds')
  return [
    `${style('bold', `muster ${version}`)}  ${place}  up ${duration(up)}  ${new Date(now.at).toISOString().slice(11, 19)} UTC`,
    `connections ${style('bold', count(sum('muster_device_connections')))}  MQTT clients ${style('bold', count(sum('muster_mqtt_clients')))}  ` +
      `sessions kept ${count(sum('muster_persistent_sessions'))}, ${count(sum('muster_offline_sessions'))} of them offline`,
  ]
}

function rateLines(before: Reading, now: Reading, style: Styled): string[] {
  return [
    style('dim', columns('', 'a second', 'since start')),
    ...rates.map(([name, metric]) => {
      const total = now.metrics.sum(metric)
      return columns(name, count(rateOf(before, now, (metrics) => metrics.sum(metric))), count(total))
    }),
  ]
}

/** Those that came lately first, then those that came often. */
function refusalLines(before: Reading, now: Reading, style: Styled): string[] {
  const metric = 'muster_journal_entries_total'
  const refused = [...now.metrics.by(metric, 'code')].filter(([code]) => isRefusal(code))
  const rows = refused
    .map(([code, total]) => ({
      code,
      total,
      rate: rateOf(before, now, (metrics) => metrics.by(metric, 'code').get(code) ?? 0),
    }))
    .toSorted((one, other) => other.rate - one.rate || other.total - one.total)
  if (rows.length === 0) return [style('dim', 'nothing was refused since the start')]
  return [
    style('dim', columns('refused', 'a second', 'since start')),
    ...rows.map(({ code, rate, total }) => {
      const line = columns(code, count(rate), count(total))
      return rate > 0 ? style('yellow', line) : line
    }),
    '',
    ...latestLines(now, style),
  ]
}

function latestLines({ refusals }: Reading, style: Styled): string[] {
  if (typeof refusals === 'string') return [style('dim', `who was refused is not told: ${refusals}`)]
  return refusals
    .slice(-maxLatest)
    .toReversed()
    .map(({ at, code, sourceIp = '' }) => `${at.slice(11, 19)}  ${code}${sourceIp && `  from ${sourceIp}`}`)
}

const isRefusal = (code: string): boolean =>
  Object.hasOwn(reasonCodes, code) && reasonCodes[code as keyof typeof reasonCodes].level !== 'info'

/** 0 when it began to count anew. */
function rateOf(before: Reading, now: Reading, read: (metrics: Metrics) => number): number {
  const seconds = (now.at - before.at) / 1000
  return seconds > 0 ? Math.max(read(now.metrics) - read(before.metrics), 0) / seconds : 0
}

const count = (value: number): string => numbers.format(value)

const columns = (name: string, ...values: string[]): string =>
  `${name.padEnd(nameWidth)}${values.map((value) => value.padStart(columnWidth)).join('')}`

/** The two greatest units, e.g. `3 h 12 min`. */
function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.max(Math.floor(seconds), 0)} s`
}

/** What does not fit loses its colours too: they may not go on in the next line. */
function cut(line: string, width: number): string {
  const plain = stripVTControlCharacters(line)
  return plain.length <= width ? line : plain.slice(0, width)
}
