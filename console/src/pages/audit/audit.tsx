/** The record of API calls: who did what, from where, and what came of it. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useSearch } from '@tanstack/react-router'
import type { OperationCall } from '../../api/call.ts'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { DownloadButton } from '../../kit/download-button.tsx'
import { FormFaults } from '../../kit/field.tsx'
import { MoreButton } from '../../kit/more-button.tsx'
import { minute } from '../../kit/time-range.ts'
import { useChangeSearch } from '../../kit/use-change-search.ts'
import { useSettled } from '../../kit/use-settled.ts'
import { text } from '../../text/en.ts'
import type { AuditEvent } from './audit-event.ts'
import { exportLine, toLookup, type AuditSearch } from './audit-search.ts'
import { columns } from './columns.tsx'
import { FilterFields } from './filter-fields.tsx'
import { useEvents } from './use-events.ts'

export function Page() {
  const search = useSearch({ strict: false }) as AuditSearch
  const change = useChangeSearch<AuditSearch>()
  const settled = JSON.parse(useSettled(JSON.stringify(search))) as AuditSearch
  const query = useEvents(settled)
  const events = (query.data?.pages ?? []).flatMap((page) => page.events)
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Every call of the APIs and of this console, with who made it and what came of it."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void query.refetch()} />
            <DownloadButton label="Download JSON" text={linesOf(events)} file="audit.jsonl" />
          </SpaceBetween>
        }
      >
        Audit
      </Header>
      <FormFaults error={query.error}>
        <FilterFields search={search} onChange={change} />
      </FormFaults>
      <Table<AuditEvent>
        items={events}
        trackBy="EventId"
        wrapLines
        loading={query.isLoading}
        loadingText={text.loading}
        columnDefinitions={columns}
        header={<Header counter={`(${events.length}${query.hasNextPage ? '+' : ''})`}>Calls</Header>}
        empty={<Box textAlign="center">No such call is recorded.</Box>}
        footer={
          <SpaceBetween size="s">
            <MoreButton query={query} />
            <CliEquivalent
              calls={lookupOf(settled)}
              lines={[exportLine(settled, minute()), 'npx muster audit verify']}
            />
          </SpaceBetween>
        }
      />
    </SpaceBetween>
  )
}

/** As `muster audit export` writes them. */
const linesOf = (events: readonly AuditEvent[]) =>
  events.map(({ CloudTrailEvent }) => `${CloudTrailEvent}\n`).join('')

/** None while the range is none: the page says why. */
function lookupOf(search: AuditSearch): OperationCall[] {
  try {
    return [toLookup(search, minute())]
  } catch {
    return []
  }
}
