import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { LikelyActions } from '../../kit/likely-actions.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { Pem } from '../../kit/pem.tsx'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { Timeline } from '../../kit/timeline.tsx'
import { UrlTabs } from '../../kit/url-tabs.tsx'
import { inspectCall, useNames } from '../trials/use-names.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { actAs, certificateActions, retire, simulate } from './actions.ts'
import { AttachedPolicies, listAttachedPolicies } from './attached-policies.tsx'
import { AttachedThings, listPrincipalThings } from './attached-things.tsx'
import { isInTransfer, startTransfer, Transfer, type Transferred } from './transfer.tsx'

interface Certificate extends Transferred {
  certificateArn: string
  caCertificateId?: string
  certificatePem: string
  creationDate: number
  validity?: { notBefore: number; notAfter: number }
}

const attachmentTabs = (certificateArn: string) => [
  { id: 'policies', label: 'Policies', content: <AttachedPolicies target={certificateArn} /> },
  { id: 'things', label: 'Things', content: <AttachedThings principal={certificateArn} /> },
]

export function Page() {
  const router = useRouter()
  const leave = () => router.history.push('/console/certificates')
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const describe = iot('DescribeCertificate', { certificateId: id })
  const described = useCall<{ certificateDescription: Certificate }>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { certificateDescription: certificate } = described.data
  const { certificateArn, certificatePem } = certificate
  const inTransfer = isInTransfer(certificate)
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={inTransfer ? null : <CertificateActions certificate={certificate} />}>
        Certificate
      </Header>
      <CertificateFacts certificate={certificate} />
      <Transfer certificate={certificate} onGone={leave} />
      <UrlTabs
        tabs={[
          // nothing is attached to what is on its way
          ...(inTransfer ? [] : attachmentTabs(certificateArn)),
          {
            id: 'certificate',
            label: 'Certificate',
            content: <Pem title="Certificate" pem={certificatePem} file={`${id.slice(0, 16)}.pem.crt`} />,
          },
          { id: 'activity', label: 'Activity', content: <Timeline subject={id} /> },
        ]}
      />
      <CliEquivalent calls={[describe, inspectCall('')]} />
    </SpaceBetween>
  )
}

function CertificateActions({ certificate }: { certificate: Certificate }) {
  const router = useRouter()
  const policies = useCall<{ policies?: { policyName: string }[] }>(
    listAttachedPolicies(certificate.certificateArn),
  )
  const things = useCall<{ things?: string[] }>(listPrincipalThings(certificate.certificateArn))
  const leave = () => router.history.push('/console/certificates')
  const attached = policies.data &&
    things.data && {
      policies: (policies.data.policies ?? []).map(({ policyName }) => policyName),
      things: things.data.things ?? [],
    }
  return (
    <LikelyActions
      actions={[
        ...certificateActions([certificate], leave),
        retire(certificate, attached, leave),
        startTransfer(certificate, attached),
        actAs(certificate),
        simulate(certificate),
      ]}
    />
  )
}

function CertificateFacts({ certificate }: { certificate: Certificate }) {
  const { certificateId, certificateArn, caCertificateId, status, creationDate, validity } = certificate
  const names = useNames(certificate.certificatePem)
  return (
    <Details
      title="Details"
      facts={{
        'Certificate ID': <Copyable text={certificateId} what="the ID" />,
        Status: <Status value={status} />,
        ...names,
        Created: showTime(creationDate),
        'Certificate ARN': <Copyable text={certificateArn} what="the ARN" />,
        'CA certificate': caCertificateId && (
          <PageLink href={`/cas/${caCertificateId}`}>{caCertificateId.slice(0, 16)}…</PageLink>
        ),
        'Valid until': showTime(validity?.notAfter),
      }}
    />
  )
}
