import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import { useParams } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'

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
          'CA certificate ID': (
            <CopyToClipboard
              variant="inline"
              textToCopy={ca.certificateId}
              copySuccessText="Copied"
              copyErrorText="It could not be copied"
              copyButtonAriaLabel="Copy the ID"
            />
          ),
          Status: <Status value={ca.status} />,
          'Auto-registration': <Status value={ca.autoRegistrationStatus} />,
          ARN: (
            <CopyToClipboard
              variant="inline"
              textToCopy={ca.certificateArn}
              copySuccessText="Copied"
              copyErrorText="It could not be copied"
              copyButtonAriaLabel="Copy the ARN"
            />
          ),
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
  const update = (change: object) => ({
    service: 'iot',
    operation: 'UpdateCACertificate',
    input: { certificateId: ca.certificateId, ...change },
  })
  const isEnabled = ca.autoRegistrationStatus === 'ENABLE'
  const isActive = ca.status === 'ACTIVE'
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ActionButton
        label={isEnabled ? 'Disable auto-registration' : 'Enable auto-registration'}
        question={
          isEnabled
            ? 'Devices that nobody has seen are turned away then.'
            : 'Devices that nobody has seen are registered when they first connect.'
        }
        operation={update({ newAutoRegistrationStatus: isEnabled ? 'DISABLE' : 'ENABLE' })}
      />
      <ActionButton
        label={isActive ? 'Deactivate' : 'Activate'}
        question={
          isActive
            ? 'No new devices of this CA are let in then; those that are registered go on.'
            : 'Its devices may register again.'
        }
        operation={update({ newStatus: isActive ? 'INACTIVE' : 'ACTIVE' })}
      />
    </SpaceBetween>
  )
}
