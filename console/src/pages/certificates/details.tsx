import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { certificateActions, type CertificateState } from './actions.ts'

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
      <Header variant="h1" actions={<CertificateActions certificate={certificate} />}>
        Certificate
      </Header>
      <Details
        title="Details"
        facts={{
          'Certificate ID': <Copyable text={certificateId} what="the ID" />,
          Status: <Status value={status} />,
          Created: showTime(certificate.creationDate),
          ARN: <Copyable text={certificateArn} what="the ARN" />,
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

function CertificateActions({ certificate }: { certificate: CertificateState }) {
  const router = useRouter()
  const actions = certificateActions([certificate], () => router.history.push('/console/certificates'))
  const likely = actions.filter((action) => action.disabledReason === undefined && !('typed' in action))
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {likely.map((action) => (
        <ActionButton key={action.label} {...action} />
      ))}
      <ActionsMenu actions={actions} />
    </SpaceBetween>
  )
}
