/** Registers a CA: its certificate, and the proof that its key is at hand. */
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { FormPage } from '../../kit/form.tsx'
import { PemField } from '../../kit/pem-field.tsx'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { emptyRequest, toInput, type RegistrationRequest } from './registration-request.ts'
import { RegistrationSettings } from './registration-settings.tsx'
import { VerificationSteps } from './verification-steps.tsx'

export function Page() {
  const router = useRouter()
  const [request, setRequest] = useState(emptyRequest)
  const change = (changed: Partial<RegistrationRequest>) => setRequest({ ...request, ...changed })
  return (
    <FormPage<{ certificateId: string }>
      title="Register a CA certificate"
      description="Devices whose certificates this CA has signed may then register themselves."
      submitLabel="Register"
      calls={iot('RegisterCACertificate', toInput(request))}
      missing={request.caCertificate.trim() === '' ? 'Select the CA certificate first' : undefined}
      cancelHref="/cas"
      onDone={({ certificateId }) => router.history.push(`/console/cas/${certificateId}`)}
    >
      <Proof request={request} change={change} />
      <RegistrationSettings request={request} change={change} />
    </FormPage>
  )
}

interface PartProps {
  request: RegistrationRequest
  change: (changed: Partial<RegistrationRequest>) => void
}

function Proof({ request, change }: PartProps) {
  const code = useCall<{ registrationCode: string }>(iot('GetRegistrationCode', {}))
  const isMulti = request.certificateMode === 'DEFAULT'
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Only who holds the CA's private key can sign the code, so nobody registers somebody else's CA."
        >
          Certificates
        </Header>
      }
    >
      <SpaceBetween size="l">
        <RadioGroup
          value={request.certificateMode}
          onChange={({ detail }) =>
            change({ certificateMode: detail.value as RegistrationRequest['certificateMode'] })
          }
          ariaLabel="CA registration options"
          items={[
            {
              value: 'DEFAULT',
              label: 'Register CA in Multi-account mode',
              description: 'With a verification certificate that proves that you hold the key.',
            },
            {
              value: 'SNI_ONLY',
              label: 'Register CA in Single-account mode (SNI_ONLY)',
              description: 'Without proof. Devices have to name their endpoint by SNI, as nearly all do.',
            },
          ]}
        />
        {isMulti ? <VerificationSteps code={code.data?.registrationCode ?? ''} /> : null}
        <PemField
          label="CA certificate"
          member="caCertificate"
          buttonLabel="Select CA certificate"
          value={request.caCertificate}
          onChange={(caCertificate) => change({ caCertificate })}
        />
        {isMulti ? (
          <PemField
            label="Verification certificate"
            member="verificationCertificate"
            buttonLabel="Select verification certificate"
            value={request.verificationCertificate}
            onChange={(verificationCertificate) => change({ verificationCertificate })}
          />
        ) : null}
      </SpaceBetween>
    </Container>
  )
}
