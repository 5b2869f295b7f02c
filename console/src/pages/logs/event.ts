/** Events of logs, and the devices that they tell of. */
import type { OperationCall } from '../../api/call.ts'

export interface LogEvent {
  eventId: string
  logStreamName: string
  /** Milliseconds. */
  timestamp: number
  message: string
}

export interface EventsPage {
  events?: LogEvent[]
  nextToken?: string
}

export interface Search {
  group: string
  stream?: string | undefined
  pattern?: string | undefined
}

const eventsAPage = 200

export const filterCall = (
  { group, stream, pattern }: Search,
  { startTime, limit = eventsAPage }: { startTime?: number | undefined; limit?: number } = {},
): OperationCall => ({
  service: 'logs',
  operation: 'FilterLogEvents',
  input: {
    logGroupName: group,
    ...(stream !== undefined && { logStreamNames: [stream] }),
    ...(pattern !== undefined && pattern !== '' && { filterPattern: pattern }),
    ...(startTime !== undefined && { startTime }),
    limit,
  },
})

export const ranges: Readonly<Record<string, { label: string; ms: number | undefined }>> = {
  '5m': { label: '5 minutes', ms: 300_000 },
  '30m': { label: '30 minutes', ms: 1_800_000 },
  '1h': { label: '1 hour', ms: 3_600_000 },
  '12h': { label: '12 hours', ms: 43_200_000 },
  all: { label: 'All', ms: undefined },
}

export const startOf = (range: string): number | undefined => {
  const ms = ranges[range]?.ms
  return ms === undefined ? undefined : Date.now() - ms
}

const certificateId = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/

/** By which Explain finds the device of an event: its certificate, else its client ID. */
export function deviceOf({ message }: LogEvent): string | undefined {
  const [found] = certificateId.exec(message) ?? []
  if (found !== undefined) return found
  try {
    const { clientId } = JSON.parse(message) as { clientId?: unknown }
    return typeof clientId === 'string' && clientId !== 'n/a' ? clientId : undefined
  } catch {
    return undefined // a line of text
  }
}
