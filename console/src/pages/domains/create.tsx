import Container from '@cloudscape-design/components/container'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { SelectField, TextField } from '../../kit/field.tsx'
import { FormPage } from '../../kit/form.tsx'
import { iot } from '../resources/list.tsx'
import { AuthorizerFields } from './authorizer-fields.tsx'
import {
  applicationProtocols,
  authenticationTypes,
  withoutAuthorizer,
  type AuthorizerConfig,
} from './domain.ts'

export function Page() {
  const router = useRouter()
  const [domainConfigurationName, setName] = useState('')
  const [domainName, setDomainName] = useState('')
  const [certificate, setCertificate] = useState('')
  const [authenticationType, setAuthentication] = useState('DEFAULT')
  const [applicationProtocol, setProtocol] = useState('DEFAULT')
  const [authorizer, setAuthorizer] = useState<AuthorizerConfig>({})
  const hasAuthorizer = !withoutAuthorizer.includes(authenticationType)
  return (
    <FormPage
      title="Create domain configuration"
      description="One more name under which devices find this server, with a certificate and rules of its own."
      submitLabel="Create domain configuration"
      calls={iot('CreateDomainConfiguration', {
        domainConfigurationName,
        ...(domainName !== '' && { domainName }),
        ...(certificate !== '' && { serverCertificateArns: [certificate] }),
        ...(authenticationType !== 'DEFAULT' && { authenticationType }),
        ...(applicationProtocol !== 'DEFAULT' && { applicationProtocol }),
        ...(hasAuthorizer && Object.keys(authorizer).length > 0 && { authorizerConfig: authorizer }),
      })}
      missing={domainConfigurationName === '' ? 'Give it a name first' : undefined}
      cancelHref="/domain-configurations"
      onDone={() =>
        router.history.push(`/console/domain-configurations/${encodeURIComponent(domainConfigurationName)}`)
      }
    >
      <Container>
        <SpaceBetween size="l">
          <TextField
            label="Domain configuration name"
            member="domainConfigurationName"
            value={domainConfigurationName}
            onChange={setName}
          />
          <TextField
            label="Domain name - optional"
            member="domainName"
            value={domainName}
            onChange={setDomainName}
          />
          <TextField
            label="Server certificate ARN - optional"
            member="serverCertificateArns"
            description="Its files are in the directory tls of the data directory (docs/endpoints.md)."
            value={certificate}
            onChange={setCertificate}
          />
          <SelectField
            label="Authentication type"
            member="authenticationType"
            choices={authenticationTypes}
            value={authenticationType}
            onChange={setAuthentication}
          />
          <SelectField
            label="Application protocol"
            member="applicationProtocol"
            choices={applicationProtocols}
            value={applicationProtocol}
            onChange={setProtocol}
          />
          {hasAuthorizer ? <AuthorizerFields config={authorizer} onChange={setAuthorizer} /> : null}
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}
