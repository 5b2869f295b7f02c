import Alert from '@cloudscape-design/components/alert'
import Container from '@cloudscape-design/components/container'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'

interface Created {
  topicRuleDestination: { arn: string }
}

export function Page() {
  const router = useRouter()
  const [confirmationUrl, setUrl] = useState('')
  const destinationConfiguration = { httpUrlConfiguration: { confirmationUrl } }
  return (
    <FormPage<Created>
      title="Create destination"
      description="A web service that HTTPS actions of rules may send messages to, once it has said that it wants them."
      submitLabel="Create destination"
      cancelHref="/destinations"
      calls={{ service: 'iot', operation: 'CreateTopicRuleDestination', input: { destinationConfiguration } }}
      missing={confirmationUrl === '' ? 'Give the confirmation URL first' : undefined}
      onDone={({ topicRuleDestination: { arn } }) =>
        router.history.push(`/console/destinations/destination?arn=${encodeURIComponent(arn)}`)
      }
    >
      <Container>
        <TextField
          label="Confirmation URL"
          member="confirmationUrl"
          placeholder="https://example.com/"
          value={confirmationUrl}
          onChange={setUrl}
        />
      </Container>
      <Alert type="info">
        The web service is sent a token. It gives it back by opening the link beside the token, or somebody
        does it here, under "Confirm and enable". Services on this machine or in a private network are reached
        only where the operator lists them.
      </Alert>
    </FormPage>
  )
}
