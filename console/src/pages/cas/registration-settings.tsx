import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { NameField } from '../../kit/name-field.tsx'
import { jitpTemplatesIn, listTemplates } from './ca.ts'
import type { RegistrationRequest } from './registration-request.ts'

interface RegistrationSettingsProps {
  request: RegistrationRequest
  change: (changed: Partial<RegistrationRequest>) => void
}

export function RegistrationSettings({ request, change }: RegistrationSettingsProps) {
  return (
    <Container header={<Header variant="h2">Settings</Header>}>
      <SpaceBetween size="s">
        <Checkbox
          checked={request.setAsActive}
          onChange={({ detail }) => change({ setAsActive: detail.checked })}
        >
          Activate CA certificate
        </Checkbox>
        <Checkbox
          checked={request.allowAutoRegistration}
          onChange={({ detail }) => change({ allowAutoRegistration: detail.checked })}
          description="Devices register when they first connect, by a template of the CA or a rule that decides."
        >
          Enable auto-registration of device certificates
        </Checkbox>
        <NameField
          label="Provisioning template - optional"
          member="templateName"
          description="Without one, devices are announced to rules."
          value={request.templateName}
          onChange={(templateName) => change({ templateName })}
          call={listTemplates}
          namesOf={jitpTemplatesIn}
        />
      </SpaceBetween>
    </Container>
  )
}
