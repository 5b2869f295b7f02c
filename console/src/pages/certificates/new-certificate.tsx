import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { DownloadButton } from '../../kit/download-button.tsx'

/** What the operations that make a certificate answer. */
export interface CreatedCertificate {
  certificateId: string
  certificateArn: string
  certificatePem?: string
  keyPair?: { PublicKey: string; PrivateKey: string }
}

interface CertificateFilesProps {
  created: CreatedCertificate
  /** Buttons for what goes with them. */
  more?: ReactNode
}

/** The files of a new certificate; its keys are nowhere else. */
export function CertificateFiles({ created, more }: CertificateFilesProps) {
  const { certificateId, certificatePem = '', keyPair } = created
  const name = certificateId.slice(0, 16)
  return (
    <SpaceBetween size="m">
      {keyPair ? (
        <Alert type="warning" header="This is the only time the keys are shown">
          Download the private key now. Muster does not keep it.
        </Alert>
      ) : null}
      <SpaceBetween direction="horizontal" size="xs">
        <DownloadButton label="Device certificate" text={certificatePem} file={`${name}.pem.crt`} />
        {keyPair ? (
          <DownloadButton label="Private key" text={keyPair.PrivateKey} file={`${name}-private.pem.key`} />
        ) : null}
        {keyPair ? (
          <DownloadButton label="Public key" text={keyPair.PublicKey} file={`${name}-public.pem.key`} />
        ) : null}
        {more}
      </SpaceBetween>
    </SpaceBetween>
  )
}

export function NewCertificate({ created }: { created: CreatedCertificate }) {
  const router = useRouter()
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Download certificate and keys</Header>
      <Container>
        <SpaceBetween size="m">
          <CertificateFiles created={created} />
          <Box>Attach a policy next: without one the device may not even connect.</Box>
          <Button
            variant="primary"
            onClick={() => router.history.push(`/console/certificates/${created.certificateId}`)}
          >
            Go on to the certificate
          </Button>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  )
}
