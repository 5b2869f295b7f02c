/** The journal as it is written, and what it holds of before. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator'
import TextFilter from '@cloudscape-design/components/text-filter'
import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { ownPath } from '../../api/own-path.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { FormFaults } from '../../kit/field.tsx'
import { MoreButton } from '../../kit/more-button.tsx'
import { useReasons } from '../../kit/reason.tsx'
import { minute } from '../../kit/time-range.ts'
import { useChangeSearch } from '../../kit/use-change-search.ts'
import { useSettled } from '../../kit/use-settled.ts'
import { text } from '../../text/en.ts'
import { Counters } from './counters.tsx'
import { EntriesTable } from './entries-table.tsx'
import { FilterFields } from './filter-fields.tsx'
import { passes, toQuery, type LiveSearch } from './live-search.ts'
import { useFeed, type FeedState } from './use-feed.ts'

const rowsAtOnce = 200

const states: Record<FeedState, { type: StatusIndicatorProps.Type; label: string }> = {
  connected: { type: 'success', label: 'Following' },
  broken: { type: 'loading', label: 'Connecting' },
  ended: { type: 'info', label: 'Of before' },
}

export function Page() {
  const search = useSearch({ strict: false }) as LiveSearch
  const change = useChangeSearch<LiveSearch>()
  const { q: _, by: __, ...asked } = search
  const reasons = useReasons()
  const isWanted = (entry: Parameters<typeof passes>[0], wanted: LiveSearch) =>
    passes(entry, wanted, { levelOf: (code) => reasons[code]?.level, now: Date.now() })
  const settled = JSON.parse(useSettled(JSON.stringify(asked))) as LiveSearch
  const feed = useFeed(settled, (entry) => isWanted(entry, settled))
  const matching = feed.entries.filter((entry) => isWanted(entry, search))
  const more = useMore(matching.length, feed)
  const { type, label } = states[feed.state]
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Every decision about a device, and who signs in here, as it is made."
        actions={
          <Button onClick={() => feed.setPaused(!feed.isPaused)} iconName={feed.isPaused ? 'play' : 'pause'}>
            {feed.isPaused ? text.goOn : text.pause}
          </Button>
        }
        info={feed.error ? null : <StatusIndicator type={type}>{label}</StatusIndicator>}
      >
        Live
      </Header>
      <Counters />
      <FormFaults error={feed.error}>
        <FilterFields search={search} onChange={change} />
      </FormFaults>
      <EntriesTable
        entries={matching}
        isByDevice={search.by === 'device'}
        shown={more.shown}
        filter={
          <TextFilter
            filteringText={search.q ?? ''}
            filteringPlaceholder="Reason, CA, address, device"
            filteringAriaLabel={text.find}
            onChange={({ detail }) => change({ q: detail.filteringText })}
          />
        }
        empty={<Box textAlign="center">Nothing of the kind has happened yet. Connect a device.</Box>}
        footer={
          <SpaceBetween size="s">
            <MoreButton query={more} />
            <CliEquivalent routes={[ownPath('journal', toQuery(settled, minute()))]} />
          </SpaceBetween>
        }
      />
    </SpaceBetween>
  )
}

/** More of what is here, then of what the journal holds. */
function useMore(
  count: number,
  { hasOlder, loadOlder }: Pick<ReturnType<typeof useFeed>, 'hasOlder' | 'loadOlder'>,
) {
  const [shown, setShown] = useState(rowsAtOnce)
  const loading = useMutation({ mutationFn: loadOlder })
  return {
    shown,
    hasNextPage: count > shown || hasOlder,
    isFetchingNextPage: loading.isPending,
    fetchNextPage: async () => {
      if (count >= shown) setShown(shown + rowsAtOnce)
      if (count < shown + rowsAtOnce && hasOlder) await loading.mutateAsync()
    },
  }
}
