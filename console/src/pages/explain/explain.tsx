/** One device: the verdict in a sentence, its certificates, and everything that was decided about it. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { useOwn } from '../../kit/use-call.ts'
import { entryColumns } from '../live/entry-columns.tsx'
import { useNews } from '../live/use-news.ts'
import type { CertificateReport, DeviceReport } from './report.ts'
import { Verdict } from './verdict.tsx'

export function Page() {
  const { subject = '' } = useSearch({ strict: false }) as { subject?: string }
  const report = useOwn<DeviceReport>('explain', { subject }, subject !== '')
  useNews(subject, () => void report.refetch())
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What happened to a device, why, and what to change.">
        Explain
      </Header>
      <SubjectForm key={subject} subject={subject} />
      {report.error ? <Failure error={report.error} /> : null}
      {report.data ? <Report report={report.data} /> : null}
    </SpaceBetween>
  )
}

function SubjectForm({ subject }: { subject: string }) {
  const [wanted, setWanted] = useState(subject)
  const navigate = useNavigate()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void navigate({ to: '.', search: { subject: wanted.trim() } } as never)
      }}
    >
      <FormField
        label="Device"
        description="A certificate ID, a client ID, or the name of a thing."
        secondaryControl={<Button variant="primary">Explain</Button>}
      >
        <Input value={wanted} onChange={({ detail }) => setWanted(detail.value)} spellcheck={false} />
      </FormField>
    </form>
  )
}

function Report({ report }: { report: DeviceReport }) {
  const entries = report.entries.toReversed()
  return (
    <SpaceBetween size="l">
      <Verdict report={report} />
      {report.certificates.map((certificate) => (
        <CertificateFacts key={certificate.certificateId} certificate={certificate} />
      ))}
      <Table
        header={<Header variant="h2">What was decided</Header>}
        items={entries}
        trackBy={(entry) => String(entry.entryId)}
        columnDefinitions={entryColumns}
        wrapLines
        empty={<Box textAlign="center">Nothing is recorded about it.</Box>}
      />
    </SpaceBetween>
  )
}

function CertificateFacts({ certificate }: { certificate: CertificateReport }) {
  const { certificateId, status, caCertificateId, pendingReason, notBefore, notAfter, things, policies } =
    certificate
  const activate = { certificateId, newStatus: 'ACTIVE' }
  return (
    <Details
      title="Certificate"
      actions={
        status === 'ACTIVE' ? null : (
          <ActionButton
            label="Activate"
            question="The device may then do whatever its policies allow."
            operation={{ service: 'iot', operation: 'UpdateCertificate', input: activate }}
          />
        )
      }
      facts={{
        'Certificate ID': (
          <PageLink href={`/certificates/${certificateId}`}>{certificateId.slice(0, 16)}…</PageLink>
        ),
        Status: <Status value={status} />,
        'Why it waits': pendingReason && shown(pendingReason),
        CA: caCertificateId && (
          <PageLink href={`/cas/${caCertificateId}`}>{caCertificateId.slice(0, 16)}…</PageLink>
        ),
        Validity: `${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}`,
        Things: things.map(shown).join(', ') || '–',
        Policies: policies.map(shown).join(', ') || '–',
      }}
    />
  )
}
