import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { ApiError, call } from '../../api/call.ts'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { text } from '../../text/en.ts'
import { filterCall, startOf, type EventsPage } from '../logs/event.ts'
import { EventsTable } from '../logs/events-table.tsx'
import { eventsHref, groupHref } from '../logs/href.ts'
import { logGroupOf, type FunctionConfiguration } from './function.ts'

const shownEvents = 50

/** A function that has never run has no log group. */
async function readLast(group: string): Promise<EventsPage> {
  try {
    return await call<EventsPage>(filterCall({ group }, { startTime: startOf('1h'), limit: 1000 }))
  } catch (error) {
    if (error instanceof ApiError && error.code.startsWith('ResourceNotFound')) return {}
    throw error
  }
}

/** What the function logged in the last hour. */
export function MonitorTab({ configuration }: { configuration: FunctionConfiguration }) {
  const group = logGroupOf(configuration)
  const query = useQuery({ queryKey: ['logs', 'last', group], queryFn: () => readLast(group) })
  const events = (query.data?.events ?? []).slice(-shownEvents).toReversed()
  return (
    <EventsTable
      events={events}
      group={group}
      hasStreams
      isLoading={query.isLoading}
      empty={query.error ? <Failure error={query.error} /> : 'The function has not run in the last hour.'}
      header={
        <Header
          variant="h2"
          description="The newest lines of the last hour."
          actions={
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <PageLink href={groupHref(group)}>View CloudWatch logs</PageLink>
              <PageLink href={`${eventsHref({ group })}&live=on`}>Live tail</PageLink>
              <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void query.refetch()} />
            </SpaceBetween>
          }
        >
          Logs
        </Header>
      }
    />
  )
}
