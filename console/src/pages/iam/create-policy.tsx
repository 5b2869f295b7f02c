import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { DocumentField } from './document-field.tsx'
import { documentFault, emptyPolicy, iam, policyHref } from './iam.ts'

export function Page() {
  const router = useRouter()
  const [PolicyName, setName] = useState('')
  const [Description, setDescription] = useState('')
  const [PolicyDocument, setDocument] = useState(emptyPolicy)
  return (
    <FormPage<{ Policy: { Arn: string } }>
      title="Create policy"
      submitLabel="Create policy"
      calls={iam('CreatePolicy', {
        PolicyName,
        ...(Description !== '' && { Description }),
        PolicyDocument,
      })}
      missing={
        documentFault(PolicyDocument) ?? (PolicyName === '' ? 'Give the policy a name first' : undefined)
      }
      cancelHref="/iam/policies"
      onDone={({ Policy }) => router.history.push(`/console${policyHref(Policy.Arn)}`)}
    >
      <Container header={<Header variant="h2">Specify permissions</Header>}>
        <DocumentField label="JSON" member="PolicyDocument" value={PolicyDocument} onChange={setDocument} />
      </Container>
      <Container header={<Header variant="h2">Review policy</Header>}>
        <SpaceBetween size="l">
          <TextField label="Policy name" member="PolicyName" value={PolicyName} onChange={setName} />
          <TextField
            label="Description - optional"
            member="Description"
            value={Description}
            onChange={setDescription}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
