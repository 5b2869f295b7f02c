import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { OwnTable } from '../../kit/own-table.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Time } from '../../kit/time-cell.tsx'

/** The state of a CA's list. */
interface CaList {
  caCertificateId: string
  source: string
  policy: string
  state: string
  entries?: number
  nextUpdate?: string
  checkedAt?: string
  error?: string
}

export function Page() {
  return (
    <OwnTable<CaList>
      title="Revocation lists"
      description="Of the CAs that name one: it is fetched, verified, and asked whenever a device connects."
      route="revocation-lists"
      itemsOf={(output) => (output['revocationLists'] ?? []) as CaList[]}
      idOf={({ caCertificateId }) => caCertificateId}
      columns={[
        {
          header: 'CA certificate',
          cell: ({ caCertificateId }) => (
            <PageLink href={`/cas/${caCertificateId}?tab=tags`}>{caCertificateId.slice(0, 16)}…</PageLink>
          ),
        },
        {
          header: 'State',
          cell: ({ state, error }) => (
            <StatusIndicator type={error === undefined ? 'success' : 'warning'}>{state}</StatusIndicator>
          ),
        },
        { header: 'Source', cell: ({ source }) => shown(source) },
        { header: 'Policy', cell: ({ policy }) => policy },
        { header: 'Revoked', cell: ({ entries }) => entries ?? '–' },
        { header: 'Next update', cell: ({ nextUpdate }) => <Time at={nextUpdate} /> },
        { header: 'Looked at', cell: ({ checkedAt }) => <Time at={checkedAt} /> },
        { header: 'What was wrong', cell: ({ error }) => (error === undefined ? '–' : shown(error)) },
      ]}
    />
  )
}
