import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import type { JournalEntry } from '../../api/events.ts'
import { Reason } from '../../kit/reason.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useCall, useOwn } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'

interface ConnectivityData {
  connected: boolean
  timestamp?: number
  disconnectReason?: string
  clientId?: string
}

/** Whether the thing is connected, since when, and what was decided last about it. */
export function Connectivity({ thingName }: { thingName: string }) {
  const { data } = useCall<ConnectivityData>(iot('GetThingConnectivityData', { thingName }))
  const journal = useOwn<{ entries: JournalEntry[] }>('journal', { subject: thingName, limit: '1' })
  const last = journal.data?.entries.at(-1)
  if (!data) return '–'
  const { connected, timestamp, clientId } = data
  const since = timestamp === undefined ? '' : ` since ${showTime(timestamp)}`
  return (
    <SpaceBetween size="xxs">
      <StatusIndicator type={connected ? 'success' : 'stopped'}>
        {connected ? `Connected${since}` : timestamp === undefined ? 'Never seen' : `Away${since}`}
      </StatusIndicator>
      {clientId === undefined ? null : <>as client {shown(clientId)}</>}
      {last ? <Reason code={last.code} /> : null}
    </SpaceBetween>
  )
}
