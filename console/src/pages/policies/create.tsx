import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'
import { DocumentField } from './document-field.tsx'
import { emptyPolicy } from './policy.ts'

export function Page() {
  const router = useRouter()
  const [policyName, setName] = useState('')
  const [policyDocument, setDocument] = useState(emptyPolicy)
  return (
    <FormPage
      title="Create policy"
      description="What devices with it may do. Attach it to their certificates, or to a thing group."
      submitLabel="Create"
      calls={iot('CreatePolicy', { policyName, policyDocument })}
      missing={policyName === '' ? 'Give the policy a name first' : undefined}
      cancelHref="/policies"
      onDone={() => router.history.push(`/console/policies/${encodeURIComponent(policyName)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField label="Policy name" member="policyName" value={policyName} onChange={setName} />
          <DocumentField value={policyDocument} onChange={setDocument} />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
