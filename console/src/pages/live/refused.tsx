/** Who was kept out lately, the newest first. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import type { JournalEntry } from '../../api/events.ts'
import { Failure } from '../../kit/failure.tsx'
import { useOwn } from '../../kit/use-call.ts'
import { text } from '../../text/en.ts'
import { mendColumn } from '../explain/mend-column.tsx'
import { entryColumns } from './entry-columns.tsx'

const limit = 200

export function Page() {
  const refusals = useOwn<{ entries: JournalEntry[] }>('refusals', { limit: String(limit) })
  const entries = refusals.data?.entries.toReversed() ?? []
  return (
    <Table
      variant="full-page"
      items={entries}
      trackBy={(entry) => String(entry.entryId)}
      columnDefinitions={[...entryColumns, mendColumn]}
      wrapLines
      loading={refusals.isLoading}
      loadingText={text.loading}
      header={
        <Header
          variant="awsui-h1-sticky"
          description="Each has its reason; the device's page says how to let it in."
          counter={`(${entries.length})`}
          actions={
            <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void refusals.refetch()} />
          }
        >
          Waiting and refused
        </Header>
      }
      empty={
        refusals.error ? (
          <Failure error={refusals.error} />
        ) : (
          <Box textAlign="center">Nobody was refused.</Box>
        )
      }
    />
  )
}
