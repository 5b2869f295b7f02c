/** Registers a CA: its certificate, and the proof that its key is at hand. */
import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import FileUpload from '@cloudscape-design/components/file-upload'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useMutation } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../api/call.ts'
import { Copyable } from '../../kit/copyable.tsx'
import { Failure } from '../../kit/failure.tsx'
import { useCall } from '../../kit/use-call.ts'

export function Page() {
  const router = useRouter()
  const code = useCall<{ registrationCode: string }>({
    service: 'iot',
    operation: 'GetRegistrationCode',
    input: {},
  })
  const [caCertificate, setCaCertificate] = useState('')
  const [verificationCertificate, setVerificationCertificate] = useState('')
  const [setAsActive, setActive] = useState(true)
  const [allowAutoRegistration, setAutoRegistration] = useState(true)
  const register = useMutation({
    mutationFn: () =>
      call<{ certificateId: string }>({
        service: 'iot',
        operation: 'RegisterCACertificate',
        input: { caCertificate, verificationCertificate, setAsActive, allowAutoRegistration },
      }),
    onSuccess: ({ certificateId }) => router.history.push(`/console/cas/${certificateId}`),
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        register.mutate()
      }}
    >
      <Form
        header={
          <Header
            variant="h1"
            description="Devices whose certificates this CA has signed may then register themselves."
          >
            Register a CA certificate
          </Header>
        }
        errorText={register.error ? <Failure error={register.error} /> : undefined}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button formAction="none" variant="link" onClick={() => router.history.push('/console/cas')}>
              Cancel
            </Button>
            <Button variant="primary" loading={register.isPending}>
              Register
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Proof code={code.data?.registrationCode ?? ''} />
          <Container header={<Header variant="h2">Certificates</Header>}>
            <SpaceBetween size="l">
              <PemField label="CA certificate" value={caCertificate} onChange={setCaCertificate} />
              <PemField
                label="Verification certificate"
                value={verificationCertificate}
                onChange={setVerificationCertificate}
              />
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">Settings</Header>}>
            <SpaceBetween size="s">
              <Checkbox checked={setAsActive} onChange={({ detail }) => setActive(detail.checked)}>
                Activate CA certificate
              </Checkbox>
              <Checkbox
                checked={allowAutoRegistration}
                onChange={({ detail }) => setAutoRegistration(detail.checked)}
                description="Devices register when they first connect, by a template of the CA or a rule that decides."
              >
                Enable auto-registration of device certificates
              </Checkbox>
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </Form>
    </form>
  )
}

function Proof({ code }: { code: string }) {
  const commands = `openssl genrsa -out verification.key 2048
openssl req -new -key verification.key -subj "/CN=${code}" -out verification.csr
openssl x509 -req -in verification.csr -CA rootCA.pem -CAkey rootCA.key -CAcreateserial -out verification.pem -days 500 -sha256`
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Only who holds the CA's private key can sign this code, so nobody registers somebody else's CA."
        >
          Proof of possession
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField
          label="Registration code"
          description="It goes into the common name of the verification certificate."
        >
          <Copyable text={code} what="the registration code" />
        </FormField>
        <Alert type="info" header="Make the verification certificate">
          <pre>{commands}</pre>
        </Alert>
      </SpaceBetween>
    </Container>
  )
}

interface PemFieldProps {
  label: string
  value: string
  onChange: (pem: string) => void
}

/** A file, or its text. */
function PemField({ label, value, onChange }: PemFieldProps) {
  return (
    <FormField
      label={label}
      description="PEM"
      stretch
      secondaryControl={
        <FileUpload
          value={[]}
          accept=".pem,.crt,.cer"
          i18nStrings={{
            uploadButtonText: () => 'Choose file',
            dropzoneText: () => 'Drop the file',
            removeFileAriaLabel: () => 'Remove the file',
            errorIconAriaLabel: 'Error',
          }}
          onChange={({ detail }) => void detail.value[0]?.text().then(onChange)}
        />
      }
    >
      <Textarea
        value={value}
        rows={6}
        spellcheck={false}
        ariaLabel={label}
        placeholder="-----BEGIN CERTIFICATE-----"
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  )
}
