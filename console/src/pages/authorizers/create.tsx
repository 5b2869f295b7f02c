import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'
import { AuthorizerFields } from './fields.tsx'
import { newValues, useValues, type Values } from './values.ts'

export function Page() {
  const router = useRouter()
  const [name, setName] = useState('')
  const [isActive, setActive] = useState(true)
  const [isDefault, setDefault] = useState(false)
  const { values, change, input, permissions } = useValues(name, newValues)
  const own = {
    ...input,
    status: isActive ? 'ACTIVE' : 'INACTIVE',
    ...(!values.isSigned && { signingDisabled: true }),
  }
  return (
    <FormPage
      title="Create authorizer"
      description="A function of yours says who a client without a certificate is, and what it may do."
      submitLabel="Create authorizer"
      calls={[
        iot('CreateAuthorizer', own),
        ...permissions,
        ...(isDefault ? [iot('SetDefaultAuthorizer', { authorizerName: name })] : []),
      ]}
      missing={missingIn(name, values)}
      cancelHref="/authorizers"
      onDone={() => router.history.push(`/console/authorizers/${encodeURIComponent(name)}`)}
    >
      <Container>
        <SpaceBetween size="l">
          <TextField label="Authorizer name" member="authorizerName" value={name} onChange={setName} />
          <Checkbox
            checked={values.isSigned}
            description="The function is asked only about tokens that your private key has signed. It cannot be changed later."
            onChange={({ detail }) => change({ isSigned: detail.checked })}
          >
            Validate token signatures
          </Checkbox>
          <AuthorizerFields values={values} change={change} />
          <Checkbox checked={isActive} onChange={({ detail }) => setActive(detail.checked)}>
            Activate authorizer
          </Checkbox>
          <Checkbox
            checked={isDefault}
            description="For clients that name no authorizer."
            onChange={({ detail }) => setDefault(detail.checked)}
          >
            Set as default
          </Checkbox>
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}

function missingIn(name: string, { functionArn }: Values): string | undefined {
  if (name === '') return 'Give the authorizer a name first'
  return functionArn === '' ? 'Choose a function first' : undefined
}
