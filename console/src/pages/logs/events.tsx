/** Events of a log group, or of one stream: searched, or as they come. */
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { text } from '../../text/en.ts'
import { filterCall, ranges, startOf, type EventsPage, type Search } from './event.ts'
import { EventsTable } from './events-table.tsx'
import { groupHref } from './href.ts'
import { useLiveTail } from './use-live-tail.ts'
import { MoreButton } from '../../kit/more-button.tsx'

interface Wanted {
  group?: string
  stream?: string
  pattern?: string
  range?: string
  live?: string
}

const defaultRange = '1h'

export function Page() {
  const { group = '', stream, pattern, range = defaultRange, live } = useSearch({ strict: false }) as Wanted
  const navigate = useNavigate()
  const change = (changed: Partial<Wanted>) =>
    void navigate({
      to: '.',
      search: (previous: object) => ({ ...previous, ...changed }),
      replace: true,
    } as never)
  const search = { group, stream, pattern }
  const isLive = live !== undefined
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={
          <PageLink href={groupHref(group)}>
            <span className="anywhere">{shown(group)}</span>
          </PageLink>
        }
        actions={
          <Button
            iconName={isLive ? 'pause' : 'play'}
            onClick={() => change({ live: isLive ? undefined : 'on' } as Partial<Wanted>)}
          >
            {isLive ? 'Stop tailing' : 'Start tailing'}
          </Button>
        }
      >
        {stream === undefined ? 'Log events' : shown(stream)}
      </Header>
      <Filter
        key={pattern ?? ''}
        pattern={pattern ?? ''}
        onChange={(given) => change({ pattern: given === '' ? undefined : given } as Partial<Wanted>)}
      />
      {isLive ? (
        <LiveTail search={search} />
      ) : (
        <Found search={search} range={range} onRange={(chosen) => change({ range: chosen })} />
      )}
      <CliEquivalent calls={[filterCall(search)]} />
    </SpaceBetween>
  )
}

/** Asked for with Enter: each change would be a search. */
function Filter({ pattern, onChange }: { pattern: string; onChange: (pattern: string) => void }) {
  const [given, setGiven] = useState(pattern)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onChange(given)
      }}
    >
      <Input
        type="search"
        value={given}
        ariaLabel="Filter events"
        placeholder='Filter events: ERROR, "two words", ?a ?b, { $.clientId = "lamp" }'
        spellcheck={false}
        onChange={({ detail }) => setGiven(detail.value)}
        onBlur={() => given !== pattern && onChange(given)}
      />
    </form>
  )
}

interface FoundProps {
  search: Search
  range: string
  onRange: (range: string) => void
}

function Found({ search, range, onRange }: FoundProps) {
  const { group, stream, pattern } = search
  const query = useInfiniteQuery({
    queryKey: ['logs', 'FilterLogEvents', group, stream, pattern, range],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: nextToken }) => {
      const asked = filterCall(search, { startTime: startOf(range) })
      return call<EventsPage>({
        ...asked,
        input: { ...asked.input, ...(nextToken !== undefined && { nextToken }) },
      })
    },
    getNextPageParam: ({ nextToken }) => nextToken,
  })
  const events = (query.data?.pages ?? []).flatMap((page) => page.events ?? [])
  return (
    <EventsTable
      events={events}
      group={group}
      hasStreams={stream === undefined}
      isLoading={query.isLoading}
      empty={query.error ? <Failure error={query.error} /> : 'Nothing was logged in this time.'}
      header={
        <Header
          variant="h2"
          counter={`(${events.length}${query.hasNextPage ? '+' : ''})`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <SegmentedControl
                label="Time range"
                selectedId={range}
                options={Object.entries(ranges).map(([id, { label }]) => ({ id, text: label }))}
                onChange={({ detail }) => onRange(detail.selectedId)}
              />
              <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void query.refetch()} />
            </SpaceBetween>
          }
        >
          Events
        </Header>
      }
      footer={<MoreButton query={query} />}
    />
  )
}

function LiveTail({ search }: { search: Search }) {
  const { events, error } = useLiveTail(search, true)
  return (
    <EventsTable
      events={events.toReversed()}
      group={search.group}
      hasStreams={search.stream === undefined}
      empty={error ? <Failure error={error} /> : 'Nothing has been logged since.'}
      header={
        <Header
          variant="h2"
          counter={`(${events.length})`}
          info={
            <StatusIndicator type={error ? 'warning' : 'in-progress'}>
              {error ? 'It could not be asked' : 'Following'}
            </StatusIndicator>
          }
        >
          Live tail
        </Header>
      }
    />
  )
}
