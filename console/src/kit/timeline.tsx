import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import type { JournalEntry } from '../api/events.ts'
import { entryColumns } from '../pages/live/entry-columns.tsx'
import { text } from '../text/en.ts'
import { Failure } from './failure.tsx'
import { PageLink } from './page-link.tsx'
import { useOwn } from './use-call.ts'

const limit = '50'

/** What was decided about a device lately, the newest first; `subject` is a certificate id, client id, or thing name. */
export function Timeline({ subject }: { subject: string }) {
  const journal = useOwn<{ entries: JournalEntry[] }>('journal', { subject, limit })
  return (
    <Table
      items={journal.data?.entries.toReversed() ?? []}
      trackBy={(entry) => String(entry.entryId)}
      columnDefinitions={entryColumns}
      wrapLines
      loading={journal.isLoading}
      loadingText={text.loading}
      header={
        <Header
          variant="h2"
          actions={
            <PageLink href={`/explain?subject=${encodeURIComponent(subject)}`}>What happened to it</PageLink>
          }
        >
          Activity
        </Header>
      }
      empty={
        journal.error ? (
          <Failure error={journal.error} />
        ) : (
          <Box textAlign="center">Nothing is recorded about it.</Box>
        )
      }
    />
  )
}
