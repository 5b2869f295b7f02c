/** A provisioning template: its versions, what differs between them, and which CAs provision devices with it. */
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Button from '@cloudscape-design/components/button'
import { useParams, useRouter } from '@tanstack/react-router'
import { ActionButton } from '../../kit/action-button.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { describeTemplate, iot, listVersions, pathOf, type Template } from './template.ts'
import { Versions } from './versions.tsx'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const described = useCall<Template>(describeTemplate(id))
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const template = described.data
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<Actions template={template} />}>
        {shown(template.templateName)}
      </Header>
      <Details
        title="Details"
        facts={{
          Type: template.type,
          Status: template.enabled === false ? 'Inactive' : 'Active',
          Description: template.description && shown(template.description),
          'Provisioning role': template.provisioningRoleArn,
          ARN: template.templateArn,
          'Default version': String(template.defaultVersionId),
          'Pre-provisioning hook': template.preProvisioningHook?.targetArn,
          Created: showTime(template.creationDate),
          'Last modified': showTime(template.lastModifiedDate),
          'CA certificates': <Users templateName={template.templateName} />,
        }}
      />
      <Versions template={template} />
      <CliEquivalent calls={[describeTemplate(id), listVersions(id), listUsers(id)]} />
    </SpaceBetween>
  )
}

const listUsers = (templateName: string) => iot('ListCACertificates', { templateName, pageSize: 100 })

/** The CAs whose devices are provisioned with it. */
function Users({ templateName }: { templateName: string }) {
  const users = useCall<{ certificates?: { certificateId: string; status: string }[] }>(
    listUsers(templateName),
  )
  if (users.error) return <Failure error={users.error} />
  const certificates = users.data?.certificates ?? []
  if (certificates.length === 0) return 'None uses it.'
  return (
    <SpaceBetween size="xxs">
      {certificates.map(({ certificateId, status }) => (
        <span key={certificateId}>
          <PageLink href={`/cas/${certificateId}`}>{certificateId.slice(0, 16)}…</PageLink> ({status})
        </span>
      ))}
    </SpaceBetween>
  )
}

function Actions({ template: { templateName, enabled } }: { template: Template }) {
  const router = useRouter()
  const isEnabled = enabled !== false
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ActionButton
        label={isEnabled ? 'Deactivate' : 'Activate'}
        question={
          isEnabled
            ? 'Devices of CAs that use it are kept out then, until it is active again.'
            : 'Devices of CAs that use it are provisioned by it again.'
        }
        operation={iot('UpdateProvisioningTemplate', { templateName, enabled: !isEnabled })}
      />
      <ActionButton
        label="Delete"
        question="The template and all of its versions are deleted. Devices that it has provisioned stay."
        operation={iot('DeleteProvisioningTemplate', { templateName })}
        onDone={() => router.history.push('/console/templates')}
      />
      <Button variant="primary" onClick={() => router.history.push(`/console${pathOf(templateName)}/edit`)}>
        Create version
      </Button>
    </SpaceBetween>
  )
}
