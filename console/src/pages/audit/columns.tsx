import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Time } from '../../kit/time-cell.tsx'
import { outcomeOf, outcomes, recordOf, type AuditEvent } from './audit-event.ts'

export const eventHref = (eventId: string) => `/audit/event?id=${encodeURIComponent(eventId)}`

export function OutcomeOf({ event }: { event: AuditEvent }) {
  const { type, label } = outcomes[outcomeOf(event)]
  return <StatusIndicator type={type}>{label}</StatusIndicator>
}

/** The first of them; the event's page has them all. */
const resourceOf = ({ Resources = [] }: AuditEvent) => {
  const [first, ...others] = Resources
  if (first === undefined || first.ResourceName === '*') return '–'
  return `${shown(first.ResourceName)}${others.length === 0 ? '' : ` and ${others.length} more`}`
}

export const columns = [
  {
    id: 'event',
    header: 'Event name',
    isRowHeader: true,
    cell: ({ EventId, EventName }: AuditEvent) => (
      <PageLink href={eventHref(EventId)}>{shown(EventName)}</PageLink>
    ),
  },
  {
    id: 'time',
    header: 'Event time',
    cell: ({ EventTime }: AuditEvent) => <Time at={EventTime} />,
  },
  { id: 'outcome', header: 'Outcome', cell: (event: AuditEvent) => <OutcomeOf event={event} /> },
  { id: 'user', header: 'User name', cell: ({ Username = '' }: AuditEvent) => shown(Username) || '–' },
  {
    id: 'resource',
    header: 'Resource name',
    cell: (event: AuditEvent) => <span className="anywhere">{resourceOf(event)}</span>,
  },
  { id: 'source', header: 'Event source', cell: ({ EventSource }: AuditEvent) => shown(EventSource) },
  {
    id: 'from',
    header: 'From',
    cell: (event: AuditEvent) => shown(recordOf(event).sourceIPAddress ?? '–'),
  },
]
