/** Certificates that wait for a decision, the newest first. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useState } from 'react'
import { ownPath } from '../../api/own-path.ts'
import type { Action } from '../../kit/action.ts'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { toCsv } from '../../kit/csv.ts'
import { DownloadButton } from '../../kit/download-button.tsx'
import { Failure } from '../../kit/failure.tsx'
import { MoreButton } from '../../kit/more-button.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useOwnPages } from '../../kit/use-own-pages.ts'
import { text } from '../../text/en.ts'
import { certificateActions } from '../certificates/actions.ts'
import { ReplayForm } from '../trials/replay-form.tsx'

interface WaitingCertificate {
  certificateId: string
  status: string
  caCertificateId?: string
  creationDate: string
  subject?: string
  serialNumber?: string
  pendingReason?: string
}

const query = { status: 'PENDING_ACTIVATION', limit: '100' }

const columns = [
  {
    id: 'since',
    header: 'Waits since',
    cell: ({ creationDate }: WaitingCertificate) => (
      <span className="unbroken">{showTime(creationDate)}</span>
    ),
  },
  {
    id: 'subject',
    header: 'Subject',
    cell: ({ certificateId, subject }: WaitingCertificate) => (
      <PageLink href={`/explain?subject=${certificateId}`}>
        <span className="anywhere">{shown(subject || certificateId)}</span>
      </PageLink>
    ),
  },
  {
    id: 'ca',
    header: 'CA',
    cell: ({ caCertificateId: id }: WaitingCertificate) =>
      id === undefined ? '–' : <PageLink href={`/cas/${id}`}>{`${id.slice(0, 12)}…`}</PageLink>,
  },
  {
    id: 'reason',
    header: 'Why it waits',
    cell: ({ pendingReason }: WaitingCertificate) => (
      <span className="anywhere">{shown(pendingReason ?? 'Nobody has decided yet')}</span>
    ),
  },
]

/** Activate, revoke, another try, approval; for those of one CA that one wants to try again all at once, the CA's replay. */
function actionsOf(chosen: readonly WaitingCertificate[]): readonly Action[] {
  const cas = [...new Set(chosen.map(({ caCertificateId }) => caCertificateId))]
  const [ca] = cas
  const replay: Action = {
    label: 'Try all of its CA again',
    needs: { service: 'muster', operation: 'RetryRegistration' },
    disabledReason: cas.length === 1 && ca !== undefined ? undefined : 'Select certificates of one CA',
    form: (close) => <ReplayForm caCertificateId={ca ?? ''} onClose={close} />,
  }
  const approve: Action = {
    label: 'Approve',
    question:
      'The device may come: the template of its CA runs, or the registration event is published, at once.',
    operation: chosen.map(({ certificateId }) => ({
      service: 'muster',
      operation: 'ApproveDevice',
      input: { certificateId },
    })),
    disabledReason: chosen.every(({ pendingReason }) => pendingReason?.startsWith('waits for approval'))
      ? undefined
      : 'Select certificates that wait for approval',
  }
  const offered = [...certificateActions(chosen), approve, replay]
  return chosen.length > 0
    ? offered
    : offered.map((action) => ({ ...action, disabledReason: text.selectFirst }))
}

export function Waiting() {
  const waiting = useOwnPages<{ certificates: WaitingCertificate[]; nextMarker?: string }>(
    'certificates',
    query,
  )
  const certificates = (waiting.data?.pages ?? []).flatMap((page) => page.certificates)
  const [chosenIds, setChosenIds] = useState<readonly string[]>([])
  const chosen = certificates.filter(({ certificateId }) => chosenIds.includes(certificateId))
  return (
    <Table
      items={certificates}
      trackBy="certificateId"
      columnDefinitions={columns}
      wrapLines
      selectionType="multi"
      selectedItems={chosen}
      onSelectionChange={({ detail }) => setChosenIds(detail.selectedItems.map((item) => item.certificateId))}
      ariaLabels={{
        selectionGroupLabel: 'Certificates',
        allItemsSelectionLabel: () => text.selectAll,
        itemSelectionLabel: (_, { certificateId }) => `${text.select} ${certificateId}`,
      }}
      loading={waiting.isLoading}
      loadingText={text.loading}
      header={
        <Header
          counter={`(${certificates.length}${waiting.hasNextPage ? '+' : ''})`}
          description="PENDING_ACTIVATION: known, and not let in before somebody, or a rule, activates them."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel={text.refresh} onClick={() => void waiting.refetch()} />
              <DownloadButton label="Export CSV" text={csvOf(certificates)} file="waiting.csv" />
              <ActionsMenu actions={actionsOf(chosen)} />
            </SpaceBetween>
          }
        >
          Waiting
        </Header>
      }
      empty={waiting.error ? <Failure error={waiting.error} /> : <Box textAlign="center">Nobody waits.</Box>}
      footer={
        <SpaceBetween size="s">
          <MoreButton query={waiting} />
          <CliEquivalent routes={[ownPath('certificates', query)]} />
        </SpaceBetween>
      }
    />
  )
}

const csvOf = (certificates: readonly WaitingCertificate[]) =>
  toCsv(
    ['waits since', 'certificate id', 'subject', 'serial number', 'CA certificate id', 'why'],
    certificates.map(
      ({ creationDate, certificateId, subject, serialNumber, caCertificateId, pendingReason }) =>
        [creationDate, certificateId, subject, serialNumber, caCertificateId, pendingReason].map(
          (one) => one ?? '',
        ),
    ),
  )
