import Container from '@cloudscape-design/components/container'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'

/** The token alone, or the link that holds it. */
const tokenIn = (text: string) =>
  /confirmationToken=([^&\s]+)/.exec(text)?.[1] ??
  /confirmdestination\/([^/?\s]+)/.exec(text)?.[1] ??
  text.trim()

export function Page() {
  const router = useRouter()
  const [given, setGiven] = useState('')
  return (
    <FormPage
      title="Confirm and enable"
      description="Whoever knows the token that the web service was sent speaks for it."
      submitLabel="Confirm and enable"
      cancelHref="/destinations"
      calls={{
        service: 'iot',
        operation: 'ConfirmTopicRuleDestination',
        input: { confirmationToken: tokenIn(given) },
      }}
      missing={given.trim() === '' ? 'Give the token first' : undefined}
      onDone={() => router.history.push('/console/destinations')}
    >
      <Container>
        <TextField
          label="Confirmation token or URL"
          member="confirmationToken"
          value={given}
          onChange={setGiven}
        />
      </Container>
    </FormPage>
  )
}
