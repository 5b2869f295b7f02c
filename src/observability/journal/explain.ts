/** Turns what is known about a device into a page for a person: its state, a timeline, and what to change. */
import { reasonCodes, type JournalCode } from './codes.ts'
import type { JournalEntry } from './entry.ts'
import { adviseOnHandshake } from './handshake-errors.ts'

/** The registry's word on one certificate of the device. Dates are ISO 8601 text: this travels as JSON. */
export interface CertificateReport {
  certificateId: string
  status: string
  /** Why it is still PENDING_ACTIVATION, or for whom PENDING_TRANSFER. */
  pendingReason?: string
  notBefore: string
  notAfter: string
  caCertificateId?: string
  policies: string[]
  things: string[]
}

/** The MQTT session of one client, or the queue of a shared group. */
export interface SessionReport {
  clientId: string
  isConnected: boolean
  isPersistent: boolean
  /** QoS 1 and 2 messages that wait for the client, or for its acknowledgement. */
  queuedMessages: number
  /** By reason, since the server was started. */
  dropped: Readonly<Record<string, number>>
}

/** What `GET /muster/v1/explain` answers. */
export interface DeviceReport {
  /** The certificate id, client id, or thing name that was asked about. */
  subject: string
  certificates: CertificateReport[]
  sessions: SessionReport[]
  entries: ReportEntry[]
}

/** What `GET /muster/v1/refusals` answers: who was kept out, oldest first. */
export interface RefusalsReport {
  /** The address that was asked about; absent when all were. */
  address?: string
  entries: ReportEntry[]
}

type ReportEntry = Omit<JournalEntry, 'at' | 'code'> & { at: string; code: string }

const withoutName =
  'A device that is refused in the handshake has no name yet: muster explain --recent shows who was.'

export function renderReport(report: DeviceReport): string {
  const lines = [...report.certificates.flatMap(renderCertificate), ...report.sessions.flatMap(renderSession)]
  const nothing = `Nothing is recorded about "${printable(report.subject)}". ${withoutName}`
  return renderPage([...lines, ...renderTimeline(report.entries, { nothing, advise: lastAdvice })])
}

export function renderRefusals({ address, entries }: RefusalsReport): string {
  const nothing = `Nothing was refused${address === undefined ? '' : ` from ${printable(address)}`}.`
  return renderPage(renderTimeline(entries, { nothing, advise: eachAdvice }))
}

const renderPage = (lines: readonly string[]) => `${lines.join('\n')}\n`

function renderTimeline(
  entries: readonly ReportEntry[],
  { nothing, advise }: { nothing: string; advise: (entries: readonly ReportEntry[]) => string[] },
): string[] {
  if (entries.length === 0) return [nothing]
  const advice = advise(entries).map((line) => `  ${line}`)
  return [
    'Timeline (UTC):',
    ...entries.flatMap(renderEntry),
    ...(advice.length > 0 ? ['', 'What to change:', ...advice] : []),
  ]
}

function renderCertificate(certificate: CertificateReport): string[] {
  const list = (names: string[]) => (names.length > 0 ? names.map(printable).join(', ') : 'none')
  return [
    `Certificate ${certificate.certificateId}`,
    `  status    ${certificate.status}${certificate.pendingReason ? `: ${printable(certificate.pendingReason)}` : ''}`,
    `  validity  ${certificate.notBefore} to ${certificate.notAfter}`,
    `  CA        ${certificate.caCertificateId ?? 'none'}`,
    `  things    ${list(certificate.things)}`,
    `  policies  ${list(certificate.policies)}`,
    '',
  ]
}

function renderSession({ clientId, dropped, ...session }: SessionReport): string[] {
  const state = `${session.isPersistent ? 'persistent' : 'clean'}, ${session.isConnected ? 'connected' : 'away'}`
  const lost = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`)
  return [
    `Session of ${printable(clientId)}`,
    `  state     ${state}`,
    `  queue     ${session.queuedMessages} messages`,
    `  dropped   ${lost.length > 0 ? lost.join(', ') : 'none'}`,
    '',
  ]
}

function renderEntry(entry: ReportEntry): string[] {
  const reason = reasonOf(entry.code)
  const subjects = [
    entry.clientId !== undefined && `client ${printable(entry.clientId)}`,
    entry.thingName !== undefined && `thing ${printable(entry.thingName)}`,
    entry.certificateId !== undefined && `certificate ${entry.certificateId.slice(0, 12)}…`,
    entry.sourceIp !== undefined && `from ${entry.sourceIp}`,
  ].filter((text) => text !== false)
  const mark = reason?.level === 'warn' ? '!' : ' '
  const head = `${mark} ${entry.at.replace('T', ' ').replace('Z', '')}  ${entry.code}  ${subjects.join(', ')}`
  const facts = Object.entries(entry.details ?? {})
    .filter(([name]) => name !== 'suggestion')
    .map(
      ([name, value]) =>
        `      ${name}: ${printable(Array.isArray(value) ? value.join(', ') : String(value))}`,
    )
  return [head, ...(reason ? [`      ${reason.meaning}`] : []), ...facts]
}

/** Refusals of a client that is connected: that it connects again does not mend them. */
const duringConnection = new Set<string>([
  'publish-denied',
  'subscribe-denied',
  'receive-denied',
  'protocol-error',
  'limit-exceeded',
  'messages-dropped',
  'service-not-offered',
] satisfies JournalCode[])

/** Advice on the newest entry that refuses something, unless the device got in afterwards. */
function lastAdvice(entries: readonly ReportEntry[]): string[] {
  const at = entries.findLastIndex(({ code }) => reasonOf(code)?.level === 'warn')
  const failed = entries[at]
  if (!failed) return []
  const gotIn = entries.slice(at).some(({ code }) => code === 'connected')
  return gotIn && !duringConnection.has(failed.code) ? [] : adviceOn(failed)
}

/** Advice on all of them, as they may be of different devices; what is the same is said once. */
const eachAdvice = (entries: readonly ReportEntry[]): string[] =>
  [...new Set(entries.flatMap((entry) => adviceOn(entry).join('\n') || []))].flatMap((advice) =>
    advice.split('\n'),
  )

function adviceOn({ code, details }: ReportEntry): string[] {
  const reason = reasonOf(code)
  if (reason?.level !== 'warn') return []
  const { suggestion, identity, error } = details ?? {}
  const onError = code === 'handshake-failed' ? adviseOnHandshake(String(error)) : undefined
  const advice = [`${code}: ${onError ?? reason.advice}`]
  if (typeof suggestion === 'string') {
    const holder = typeof identity === 'string' ? `of ${printable(identity)}` : 'attached to the certificate'
    advice.push(`A statement that would grant it, for a policy ${holder}:`, `  ${printable(suggestion)}`)
  }
  return advice
}

/** Undefined for a code of another version of the server. */
function reasonOf(code: string) {
  return Object.hasOwn(reasonCodes, code) ? reasonCodes[code as JournalCode] : undefined
}

/** Names come from devices: control characters must not reach a terminal. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters to remove
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '�')
}
