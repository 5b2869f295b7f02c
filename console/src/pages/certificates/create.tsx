/** A new certificate: made here, from a request, or brought along. */
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import type { OperationCall } from '../../api/call.ts'
import { FormPage } from '../../kit/form.tsx'
import { PemField } from '../../kit/pem-field.tsx'
import { iot } from '../resources/list.tsx'
import { NewCertificate, type CreatedCertificate } from './new-certificate.tsx'

type Kind = 'made' | 'csr' | 'brought'

export function Page() {
  const router = useRouter()
  const [kind, setKind] = useState<Kind>('made')
  const [setAsActive, setActive] = useState(true)
  const [pem, setPem] = useState('')
  const [caPem, setCaPem] = useState('')
  const [created, setCreated] = useState<CreatedCertificate>()
  if (created) return <NewCertificate created={created} />
  return (
    <FormPage<CreatedCertificate>
      title="Create certificate"
      submitLabel="Create"
      calls={callFor(kind, { setAsActive, pem, caPem })}
      missing={kind !== 'made' && pem.trim() === '' ? 'Select the file first' : undefined}
      cancelHref="/certificates"
      onDone={(output) =>
        output.keyPair === undefined
          ? router.history.push(`/console/certificates/${output.certificateId}`)
          : setCreated(output)
      }
    >
      <Container>
        <SpaceBetween size="l">
          <RadioGroup
            value={kind}
            onChange={({ detail }) => setKind(detail.value as Kind)}
            ariaLabel="Certificate"
            items={kinds}
          />
          {kind === 'csr' ? (
            <PemField
              label="Certificate signing request"
              member="certificateSigningRequest"
              buttonLabel="Select CSR"
              placeholder="-----BEGIN CERTIFICATE REQUEST-----"
              value={pem}
              onChange={setPem}
            />
          ) : null}
          {kind === 'brought' ? (
            <>
              <PemField
                label="Certificate"
                member="certificatePem"
                buttonLabel="Select certificate"
                value={pem}
                onChange={setPem}
              />
              <PemField
                label="CA certificate - optional"
                member="caCertificatePem"
                buttonLabel="Select CA certificate"
                description="Of a CA that is registered. Without one the certificate is registered for itself."
                value={caPem}
                onChange={setCaPem}
              />
            </>
          ) : null}
          <Checkbox checked={setAsActive} onChange={({ detail }) => setActive(detail.checked)}>
            Active
          </Checkbox>
        </SpaceBetween>
      </Container>
    </FormPage>
  )
}

const kinds = [
  {
    value: 'made',
    label: 'Auto-generate a new certificate (recommended)',
    description: 'With its keys, which are shown once and not kept.',
  },
  {
    value: 'csr',
    label: 'Upload CSR',
    description: 'A request signed with a key that stays where it is.',
  },
  { value: 'brought', label: 'Use my certificate', description: 'One that your own CA has signed.' },
]

function callFor(
  kind: Kind,
  { setAsActive, pem, caPem }: { setAsActive: boolean; pem: string; caPem: string },
): OperationCall {
  if (kind === 'made') return iot('CreateKeysAndCertificate', { setAsActive })
  if (kind === 'csr') return iot('CreateCertificateFromCsr', { certificateSigningRequest: pem, setAsActive })
  const status = setAsActive ? 'ACTIVE' : 'INACTIVE'
  return caPem.trim() === ''
    ? iot('RegisterCertificateWithoutCA', { certificatePem: pem, status })
    : iot('RegisterCertificate', { certificatePem: pem, caCertificatePem: caPem, status })
}
