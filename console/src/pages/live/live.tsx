/** The journal as it is written. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { JournalEntry } from '../../api/events.ts'
import { text } from '../../text/en.ts'
import { Counters } from './counters.tsx'
import { entryColumns } from './entry-columns.tsx'
import { useFeed } from './use-feed.ts'

const shownEntries = 200

const mentions = (entry: JournalEntry, wanted: string) => JSON.stringify(entry).toLowerCase().includes(wanted)

export function Page() {
  const { entries, state, isPaused, setPaused } = useFeed()
  const { q = '' } = useSearch({ strict: false }) as { q?: string }
  const navigate = useNavigate()
  const wanted = q.toLowerCase()
  const matching = wanted === '' ? entries : entries.filter((entry) => mentions(entry, wanted))
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Every decision about a device, as it is made."
        actions={
          <Button onClick={() => setPaused(!isPaused)} iconName={isPaused ? 'play' : 'pause'}>
            {isPaused ? text.goOn : text.pause}
          </Button>
        }
        info={
          <StatusIndicator type={state === 'connected' ? 'success' : 'loading'}>
            {state === 'connected' ? 'Following' : 'Connecting'}
          </StatusIndicator>
        }
      >
        Live
      </Header>
      <Counters />
      <Table
        items={matching.slice(0, shownEntries)}
        trackBy={(entry) => String(entry.entryId)}
        columnDefinitions={entryColumns}
        wrapLines
        filter={
          <TextFilter
            filteringText={q}
            filteringPlaceholder="Reason, CA, address, device"
            filteringAriaLabel={text.find}
            onChange={({ detail }) =>
              void navigate({
                to: '.',
                search: { q: detail.filteringText || undefined },
                replace: true,
              } as never)
            }
          />
        }
        empty={<Box textAlign="center">Nobody has come since this page was opened. Connect a device.</Box>}
      />
    </SpaceBetween>
  )
}
