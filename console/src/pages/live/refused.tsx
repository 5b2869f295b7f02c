/** Who waits for a decision, and who was kept out lately. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import type { JournalEntry } from '../../api/events.ts'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { toCsv } from '../../kit/csv.ts'
import { DownloadButton } from '../../kit/download-button.tsx'
import { Failure } from '../../kit/failure.tsx'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { useOwn } from '../../kit/use-call.ts'
import { text } from '../../text/en.ts'
import { mendColumn } from '../explain/mend-column.tsx'
import { retryAction } from '../trials/retry.ts'
import { entryColumns } from './entry-columns.tsx'
import { Waiting } from './waiting.tsx'

const limit = 200

export function Page() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Each has its reason; the device's page says how to let it in.">
        Waiting and refused
      </Header>
      <UrlTabs
        tabs={[
          { id: 'refused', label: 'Refused', content: <Refused /> },
          { id: 'waiting', label: 'Waiting', content: <Waiting /> },
        ]}
      />
    </SpaceBetween>
  )
}

/** The newest first. */
function Refused() {
  const refusals = useOwn<{ entries: JournalEntry[] }>('refusals', { limit: String(limit) })
  const entries = refusals.data?.entries.toReversed() ?? []
  const [chosen, setChosen] = useState<readonly JournalEntry[]>([])
  return (
    <Table
      items={entries}
      trackBy={(entry) => String(entry.entryId)}
      columnDefinitions={[...entryColumns, mendColumn]}
      wrapLines
      selectionType="multi"
      selectedItems={chosen as JournalEntry[]}
      onSelectionChange={({ detail }) => setChosen(detail.selectedItems)}
      ariaLabels={{
        selectionGroupLabel: 'Devices',
        allItemsSelectionLabel: () => 'Select all',
        itemSelectionLabel: (_, { entryId, code }) => `Select entry ${entryId}: ${code}`,
      }}
      loading={refusals.isLoading}
      loadingText={text.loading}
      header={
        <Header
          counter={`(${entries.length})`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void refusals.refetch()} />
              <DownloadButton label="Export CSV" text={csvOf(entries)} file="refused.csv" />
              <ActionButton {...retryChosen(chosen)} />
            </SpaceBetween>
          }
        >
          Refused
        </Header>
      }
      empty={
        refusals.error ? (
          <Failure error={refusals.error} />
        ) : (
          <Box textAlign="center">Nobody was refused.</Box>
        )
      }
      footer={<CliEquivalent routes={[`refusals?limit=${limit}`]} />}
    />
  )
}

/** Those whose certificates are not registered have to come again themselves. */
function retryChosen(entries: readonly JournalEntry[]) {
  const certificateIds = [...new Set(entries.flatMap(({ certificateId }) => certificateId ?? []))]
  return retryAction(
    certificateIds,
    certificateIds.length === 0 ? 'Select devices with a certificate' : undefined,
  )
}

const csvOf = (entries: readonly JournalEntry[]) =>
  toCsv(
    ['time', 'reason', 'client id', 'thing', 'certificate id', 'CA certificate id', 'address', 'details'],
    entries.map(({ at, code, clientId, thingName, certificateId, caCertificateId, sourceIp, details }) => [
      at,
      code,
      clientId ?? '',
      thingName ?? '',
      certificateId ?? '',
      caCertificateId ?? '',
      sourceIp ?? '',
      details ? JSON.stringify(details) : '',
    ]),
  )
