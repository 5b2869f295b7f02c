import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'
import { ProviderFunction } from './function.tsx'
import { useProviderPermissions } from './provider.ts'

export function Page() {
  const router = useRouter()
  const [certificateProviderName, setName] = useState('')
  const [lambdaFunctionArn, setFunction] = useState('')
  const permissions = useProviderPermissions(certificateProviderName, lambdaFunctionArn)
  const accountDefaultForOperations = ['CreateCertificateFromCsr']
  const input = { certificateProviderName, lambdaFunctionArn, accountDefaultForOperations }
  const missing = lambdaFunctionArn === '' ? 'Choose a function first' : undefined
  return (
    <FormPage
      title="Create certificate provider"
      description="A function of yours signs the certificates of devices that bring a CSR, instead of Muster."
      submitLabel="Create certificate provider"
      calls={[iot('CreateCertificateProvider', input), ...permissions]}
      missing={certificateProviderName === '' ? 'Give it a name first' : missing}
      cancelHref="/certificate-providers"
      onDone={() =>
        router.history.push(`/console/certificate-providers/${encodeURIComponent(certificateProviderName)}`)
      }
    >
      <Container>
        <SpaceBetween size="l">
          <TextField
            label="Certificate provider name"
            member="certificateProviderName"
            value={certificateProviderName}
            onChange={setName}
          />
          <ProviderFunction value={lambdaFunctionArn} onChange={setFunction} />
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
