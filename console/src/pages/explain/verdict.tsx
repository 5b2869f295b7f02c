/** The verdict in a sentence, the evidence for it, and what mends it. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { getSession } from '../../api/call.ts'
import type { JournalEntry } from '../../api/events.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { useReasons } from '../../kit/reason.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { Chain } from './chain.tsx'
import { remediesFor } from './remedies.ts'
import { decisiveEntry, type DeviceReport } from './report.ts'

export function Verdict({ report }: { report: DeviceReport }) {
  const reasons = useReasons()
  const isRefusal = (code: string) => reasons[code]?.level === 'warn'
  const entry = decisiveEntry(report.entries, isRefusal)
  if (!entry) return <Alert type="info" header={`Nothing is recorded about ${shown(report.subject)}.`} />
  const reason = reasons[entry.code]
  const type = isRefusal(entry.code) ? 'error' : entry.code === 'connected' ? 'success' : 'info'
  return (
    <SpaceBetween size="l">
      <Alert type={type} header={reason?.meaning ?? shown(entry.code)}>
        <SpaceBetween size="s">
          {reason?.advice ? <Box>{reason.advice}</Box> : null}
          <Evidence entry={entry} />
          <Remedies entry={entry} />
        </SpaceBetween>
      </Alert>
      <Chain code={entry.code} isRefusal={isRefusal(entry.code)} />
    </SpaceBetween>
  )
}

/** What the entry says. */
function Evidence({ entry }: { entry: JournalEntry }) {
  const { at, code, sourceIp, clientId, details = {} } = entry
  const facts = Object.entries(details).map(([name, value]) => [
    shown(name),
    shown(Array.isArray(value) ? value.join(', ') : String(value)),
  ])
  const known = {
    Reason: shown(code),
    Time: showTime(at),
    ...(sourceIp !== undefined && { From: shown(sourceIp) }),
    ...(clientId !== undefined && { 'Client ID': shown(clientId) }),
    ...Object.fromEntries(facts),
  }
  return (
    <KeyValuePairs
      columns={3}
      items={Object.entries(known).map(([label, value]) => ({
        label,
        value: <span className="anywhere">{String(value)}</span>,
      }))}
    />
  )
}

function Remedies({ entry }: { entry: JournalEntry }) {
  const { data: session } = useQuery({ queryKey: ['session'], queryFn: getSession })
  const actions = session ? remediesFor(entry, session) : []
  if (actions.length === 0) return null
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {actions.map((action) => (
        <ActionButton key={action.label} {...action} />
      ))}
    </SpaceBetween>
  )
}
