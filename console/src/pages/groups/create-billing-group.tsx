import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'

export function Page() {
  const router = useRouter()
  const [billingGroupName, setName] = useState('')
  const [billingGroupDescription, setDescription] = useState('')
  return (
    <FormPage
      title="Create billing group"
      submitLabel="Create billing group"
      calls={iot('CreateBillingGroup', {
        billingGroupName,
        ...(billingGroupDescription !== '' && { billingGroupProperties: { billingGroupDescription } }),
      })}
      missing={billingGroupName === '' ? 'Give the group a name first' : undefined}
      cancelHref="/billing-groups"
      onDone={() => router.history.push(`/console/billing-groups/${encodeURIComponent(billingGroupName)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField
            label="Billing group name"
            member="billingGroupName"
            value={billingGroupName}
            onChange={setName}
          />
          <TextField
            label="Description - optional"
            member="billingGroupDescription"
            value={billingGroupDescription}
            onChange={setDescription}
          />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
