import Box from '@cloudscape-design/components/box'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import type { ReactNode } from 'react'
import { PageLink } from '../../kit/page-link.tsx'
import { shown, shownLines } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { deviceOf, type LogEvent } from './event.ts'
import { eventsHref } from './href.ts'

interface EventsTableProps {
  events: readonly LogEvent[]
  group: string
  hasStreams: boolean
  isLoading?: boolean
  empty: ReactNode
  header?: ReactNode
  footer?: ReactNode
}

/** What was logged is text of others: it is shown, never interpreted. */
export function EventsTable({ events, group, hasStreams, isLoading = false, ...around }: EventsTableProps) {
  const columns: TableProps.ColumnDefinition<LogEvent>[] = [
    {
      id: 'time',
      header: 'Timestamp',
      cell: ({ timestamp }) => <span className="unbroken">{showTime(timestamp / 1000)}</span>,
    },
    {
      id: 'message',
      header: 'Message',
      minWidth: 320,
      cell: ({ message }) => <pre>{shownLines(message.replace(/\n$/, ''))}</pre>,
    },
    { id: 'device', header: 'Device', cell: (event) => <Device event={event} /> },
  ]
  if (hasStreams)
    columns.push({
      id: 'stream',
      header: 'Log stream',
      cell: ({ logStreamName: stream }) => (
        <PageLink href={eventsHref({ group, stream })}>
          <span className="unbroken">{shown(shortOf(stream))}</span>
        </PageLink>
      ),
    })
  return (
    <Table<LogEvent>
      {...around}
      items={events}
      trackBy="eventId"
      wrapLines
      loading={isLoading}
      loadingText="Loading"
      columnDefinitions={columns}
      empty={<Box textAlign="center">{around.empty}</Box>}
    />
  )
}

/** What tells streams of a day apart, e.g. `[$LATEST]3a2e6ed0…`. */
function shortOf(stream: string): string {
  const last = stream.split('/').at(-1) ?? ''
  const maxShown = 18
  return last.length > maxShown ? `${last.slice(0, maxShown)}…` : last || stream
}

function Device({ event }: { event: LogEvent }) {
  const subject = deviceOf(event)
  if (subject === undefined) return '–'
  return <PageLink href={`/explain?subject=${encodeURIComponent(subject)}`}>Explain</PageLink>
}
