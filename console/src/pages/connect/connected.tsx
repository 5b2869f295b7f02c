/** What one takes to the device, and whether it has come. */
import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter } from '@tanstack/react-router'
import { CopyButton } from '../../kit/copyable.tsx'
import { DownloadButton } from '../../kit/download-button.tsx'
import { Failure } from '../../kit/failure.tsx'
import { useCall, useOwn } from '../../kit/use-call.ts'
import { CertificateFiles, type CreatedCertificate } from '../certificates/new-certificate.tsx'
import { WaitingFor } from '../live/waiting-for.tsx'
import { iot } from '../resources/list.tsx'
import type { Plan } from './plan.ts'

interface ConnectedProps {
  created: CreatedCertificate
  plan: Plan
  /** Of what should have been done after the certificate was made. */
  error: unknown
}

const defaultPort = 8883

export function Connected({ created, plan, error }: ConnectedProps) {
  const router = useRouter()
  const settings = useOwn<{ ports: Record<string, number>; rootCaPem: string }>('settings')
  const endpoint = useCall<{ endpointAddress: string }>(
    iot('DescribeEndpoint', { endpointType: 'iot:Data-ATS' }),
  )
  const name = created.certificateId.slice(0, 16)
  const command = `mosquitto_pub --cafile root-ca.pem --cert ${name}.pem.crt --key ${created.keyPair ? `${name}-private.pem.key` : 'your.key'} \\
  -h ${endpoint.data?.endpointAddress ?? ''} -p ${settings.data?.ports['mqtt'] ?? defaultPort} -i ${plan.thingName} \\
  -q 1 -t ${plan.thingName}/hello -m '{"hello":"world"}'`
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Connect the device</Header>
      {error ? <Failure error={error} /> : null}
      <Container header={<Header variant="h2">Files</Header>}>
        <SpaceBetween size="m">
          <CertificateFiles
            created={created}
            more={
              settings.data ? (
                <DownloadButton
                  label="Root CA certificate"
                  text={settings.data.rootCaPem}
                  file="root-ca.pem"
                />
              ) : null
            }
          />
          {settings.data ? null : (
            <Alert type="info">The root CA certificate is the file that `muster env` names.</Alert>
          )}
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header variant="h2" actions={<CopyButton text={command} what="the command" />}>
            A first message
          </Header>
        }
      >
        <Box variant="code">
          <pre>{command}</pre>
        </Box>
      </Container>
      <WaitingFor subject={created.certificateId} />
      <Button onClick={() => router.history.push(`/console/things/${encodeURIComponent(plan.thingName)}`)}>
        Go on to the thing
      </Button>
    </SpaceBetween>
  )
}
