/** A new template for just-in-time provisioning. */
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { ProvisioningRoleField } from '../../kit/provisioning-role-field.tsx'
import { TemplateEditor } from './editor.tsx'
import { iot, pathOf } from './template.ts'
import { firstTemplate } from './template-words.ts'

export function Page() {
  const router = useRouter()
  const [templateName, setName] = useState('')
  const [description, setDescription] = useState('')
  const [provisioningRoleArn, setRole] = useState('')
  const [templateBody, setBody] = useState(firstTemplate)
  const input = {
    templateName,
    templateBody,
    provisioningRoleArn,
    type: 'JITP',
    enabled: true,
    ...(description !== '' && { description }),
  }
  return (
    <FormPage
      title="Create provisioning template"
      description="Provisions devices with unique certificates when they first connect (JITP)."
      submitLabel="Create template"
      calls={iot('CreateProvisioningTemplate', input)}
      missing={missingOf(input)}
      cancelHref="/templates"
      onDone={() => router.history.push(`/console${pathOf(templateName)}`)}
    >
      <Container header={<Header variant="h2">Template details</Header>}>
        <SpaceBetween size="l">
          <TextField label="Template name" member="templateName" value={templateName} onChange={setName} />
          <TextField
            label="Description - optional"
            member="description"
            value={description}
            onChange={setDescription}
          />
          <ProvisioningRoleField
            member="provisioningRoleArn"
            value={provisioningRoleArn}
            onChange={setRole}
          />
        </SpaceBetween>
      </Container>
      <TemplateEditor body={templateBody} onChange={setBody} roleArn={provisioningRoleArn} />
    </FormPage>
  )
}

function missingOf({
  templateName,
  provisioningRoleArn,
}: {
  templateName: string
  provisioningRoleArn: string
}) {
  if (templateName === '') return 'Give the template a name first'
  return provisioningRoleArn === '' ? 'Choose a provisioning role first' : undefined
}
