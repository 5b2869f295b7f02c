import Container from '@cloudscape-design/components/container'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'

interface Described {
  certificateDescription: {
    certificateId: string
    certificateArn: string
    caCertificateId?: string
    certificatePem: string
    status: string
    creationDate: number
    validity?: { notAfter: number }
  }
}

const iot = (operation: string, input: object) => ({ service: 'iot', operation, input })

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const describe = iot('DescribeCertificate', { certificateId: id })
  const described = useCall<Described>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { certificateDescription: certificate } = described.data
  const { certificateId, certificateArn, caCertificateId, status } = certificate
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<StatusActions certificateId={certificateId} status={status} />}>
        Certificate
      </Header>
      <Details
        title="Details"
        facts={{
          'Certificate ID': (
            <CopyToClipboard
              variant="inline"
              textToCopy={certificateId}
              copySuccessText="Copied"
              copyErrorText="It could not be copied"
              copyButtonAriaLabel="Copy the ID"
            />
          ),
          Status: <Status value={status} />,
          Created: showTime(certificate.creationDate),
          ARN: (
            <CopyToClipboard
              variant="inline"
              textToCopy={certificateArn}
              copySuccessText="Copied"
              copyErrorText="It could not be copied"
              copyButtonAriaLabel="Copy the ARN"
            />
          ),
          CA: caCertificateId && (
            <PageLink href={`/cas/${caCertificateId}`}>{caCertificateId.slice(0, 16)}…</PageLink>
          ),
          'Valid until': showTime(certificate.validity?.notAfter),
          Explain: <PageLink href={`/explain?subject=${certificateId}`}>What happened to it</PageLink>,
        }}
      />
      <Attached certificateArn={certificateArn} />
      <Container header={<Header variant="h2">Certificate</Header>}>
        <pre>{certificate.certificatePem}</pre>
      </Container>
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}

function Attached({ certificateArn }: { certificateArn: string }) {
  const policies = useCall<{ policies?: { policyName: string }[] }>(
    iot('ListAttachedPolicies', { target: certificateArn }),
  )
  const things = useCall<{ things?: string[] }>(iot('ListPrincipalThings', { principal: certificateArn }))
  return (
    <Details
      title="Attached"
      facts={{
        Policies: policies.error ? (
          <Failure error={policies.error} />
        ) : (
          <Names
            names={(policies.data?.policies ?? []).map(({ policyName }) => policyName)}
            base="/policies"
          />
        ),
        Things: things.error ? (
          <Failure error={things.error} />
        ) : (
          <Names names={things.data?.things ?? []} base="/things" />
        ),
      }}
    />
  )
}

function Names({ names, base }: { names: readonly string[]; base: string }) {
  if (names.length === 0) return '–'
  return (
    <SpaceBetween size="xxs">
      {names.map((name) => (
        <PageLink key={name} href={`${base}/${encodeURIComponent(name)}`}>
          {shown(name)}
        </PageLink>
      ))}
    </SpaceBetween>
  )
}

const changes = [
  { label: 'Activate', newStatus: 'ACTIVE', question: 'The device may then do whatever its policies allow.' },
  {
    label: 'Deactivate',
    newStatus: 'INACTIVE',
    question: 'The device is disconnected at once and turned away until it is active again.',
  },
  { label: 'Revoke', newStatus: 'REVOKED', question: 'The device is disconnected at once and turned away.' },
]

function StatusActions({ certificateId, status }: { certificateId: string; status: string }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {changes.map(({ label, newStatus, question }) => (
        <ActionButton
          key={label}
          label={label}
          question={question}
          disabledReason={newStatus === status ? `It is ${status}` : undefined}
          operation={iot('UpdateCertificate', { certificateId, newStatus })}
        />
      ))}
    </SpaceBetween>
  )
}
