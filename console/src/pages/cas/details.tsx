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
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { caActions } from './actions.ts'

interface Described {
  certificateDescription: {
    certificateId: string
    certificateArn: string
    certificatePem: string
    status: string
    autoRegistrationStatus: string
    certificateMode?: string
    creationDate: number
    validity?: { notBefore: number; notAfter: number }
  }
  registrationConfig?: { templateName?: string; templateBody?: string; roleArn?: string }
}

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const describe = { service: 'iot', operation: 'DescribeCACertificate', input: { certificateId: id } }
  const described = useCall<Described>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const { certificateDescription: ca, registrationConfig: config = {} } = described.data
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<CaActions ca={ca} />}>
        CA certificate
      </Header>
      <Details
        title="Details"
        facts={{
          'CA certificate ID': <Copyable text={ca.certificateId} what="the ID" />,
          Status: <Status value={ca.status} />,
          'Auto-registration': <Status value={ca.autoRegistrationStatus} />,
          'CA certificate ARN': <Copyable text={ca.certificateArn} what="the ARN" />,
          Mode: ca.certificateMode,
          Registered: showTime(ca.creationDate),
          'Valid until': showTime(ca.validity?.notAfter),
          'Provisioning template':
            config.templateName ??
            (config.templateBody === undefined ? '– (devices are announced to rules)' : 'its own'),
          'Provisioning role': config.roleArn,
        }}
      />
      {config.templateBody === undefined ? null : (
        <Container header={<Header variant="h2">Template</Header>}>
          <pre>{config.templateBody}</pre>
        </Container>
      )}
      <Container header={<Header variant="h2">Certificate</Header>}>
        <pre>{ca.certificatePem}</pre>
      </Container>
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}

function CaActions({ ca }: { ca: Described['certificateDescription'] }) {
  const router = useRouter()
  const actions = caActions([ca], () => router.history.push('/console/cas'))
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
