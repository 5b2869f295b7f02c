/** What a CA brings to its devices when they first connect. */
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import { ActionButton } from '../../kit/action-button.tsx'
import { Field } from '../../kit/field.tsx'
import { FormModal } from '../../kit/form.tsx'
import { NameField } from '../../kit/name-field.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { iot } from '../resources/list.tsx'
import { jitpTemplatesIn, listTemplates, type RegistrationConfig } from './ca.ts'
import { ProvisioningRoleField } from '../../kit/provisioning-role-field.tsx'

interface RegistrationProps {
  certificateId: string
  config: RegistrationConfig
}

export function Registration({ certificateId, config }: RegistrationProps) {
  const { templateName, templateBody } = config
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What happens when a device of this CA connects that nobody has seen."
          actions={
            <ActionButton
              label="Edit"
              needs={iot('UpdateCACertificate')}
              form={(close) => (
                <RegistrationForm certificateId={certificateId} config={config} onClose={close} />
              )}
            />
          }
        >
          Registration configuration
        </Header>
      }
    >
      {templateName === undefined ? null : (
        <PageLink href={`/templates/${encodeURIComponent(templateName)}`}>{shown(templateName)}</PageLink>
      )}
      {templateBody === undefined ? null : (
        <Box variant="code">
          <pre>{templateBody}</pre>
        </Box>
      )}
      {templateName === undefined && templateBody === undefined ? (
        <Box>
          The device is registered and announced on $aws/events/certificates/registered/{certificateId}; a
          rule decides.
        </Box>
      ) : null}
    </Container>
  )
}

type Kind = 'announce' | 'name' | 'body'

const kindOf = ({ templateName, templateBody }: RegistrationConfig): Kind =>
  templateName !== undefined ? 'name' : templateBody !== undefined ? 'body' : 'announce'

function RegistrationForm({ certificateId, config, onClose }: RegistrationProps & { onClose: () => void }) {
  const [kind, setKind] = useState(kindOf(config))
  const [templateName, setName] = useState(config.templateName ?? '')
  const [templateBody, setBody] = useState(config.templateBody ?? '')
  const [roleArn, setRole] = useState(config.roleArn ?? '')
  const change = {
    announce: { removeAutoRegistration: true },
    name: { registrationConfig: { templateName } },
    body: { registrationConfig: { templateBody, roleArn } },
  }[kind]
  return (
    <FormModal
      isLarge
      title="Edit the registration configuration"
      submitLabel="Save changes"
      calls={iot('UpdateCACertificate', { certificateId, ...change })}
      missing={kind === 'name' && templateName === '' ? 'Choose a template first' : undefined}
      onClose={onClose}
    >
      <RadioGroup
        value={kind}
        onChange={({ detail }) => setKind(detail.value as Kind)}
        ariaLabel="On first connection"
        items={[
          {
            value: 'announce',
            label: 'Announce it to rules',
            description: 'Just-in-time registration: a rule and its function decide.',
          },
          {
            value: 'name',
            label: 'Run a provisioning template',
            description: 'Just-in-time provisioning by a template that several CAs may share.',
          },
          { value: 'body', label: 'Run a template of its own', description: 'And a role to run it with.' },
        ]}
      />
      {kind === 'name' ? (
        <NameField
          label="Provisioning template"
          member="templateName"
          value={templateName}
          onChange={setName}
          call={listTemplates}
          namesOf={jitpTemplatesIn}
        />
      ) : null}
      {kind === 'body' ? (
        <>
          <Field label="Template" member="templateBody" stretch>
            <Textarea
              value={templateBody}
              rows={16}
              spellcheck={false}
              onChange={({ detail }) => setBody(detail.value)}
            />
          </Field>
          <ProvisioningRoleField member="roleArn" value={roleArn} onChange={setRole} />
        </>
      ) : null}
    </FormModal>
  )
}
