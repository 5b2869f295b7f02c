/** What devices and their makers have to know of this server, and what its operator has set. */
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { DownloadButton } from '../../kit/download-button.tsx'
import { Failure } from '../../kit/failure.tsx'
import { useCall, useOwn } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { Logging } from './logging.tsx'

interface Settings {
  version: string
  node: string
  ports: Record<string, number>
  rootCaPem: string
  options: Record<string, string | number>
  limits: { name: string; value: number; default: number }[]
}

const describe = iot('DescribeEndpoint', { endpointType: 'iot:Data-ATS' })

export function Page() {
  const settings = useOwn<Settings>('settings')
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Settings</Header>
      <Endpoint settings={settings.data} />
      {settings.error ? <Failure error={settings.error} /> : null}
      <Logging />
      {settings.data ? <Options settings={settings.data} /> : null}
      <CliEquivalent calls={[describe, iot('GetV2LoggingOptions', {})]} />
    </SpaceBetween>
  )
}

function Endpoint({ settings }: { settings: Settings | undefined }) {
  const endpoint = useCall<{ endpointAddress: string }>(describe)
  return (
    <>
      {endpoint.error ? <Failure error={endpoint.error} /> : null}
      <Details
        title="Device data endpoint"
        actions={
          settings ? (
            <DownloadButton label="Root CA certificate" text={settings.rootCaPem} file="root-ca.pem" />
          ) : null
        }
        facts={{
          'Custom endpoint': endpoint.data && (
            <Copyable text={endpoint.data.endpointAddress} what="the endpoint" />
          ),
          'MQTT port': settings?.ports['mqtt'],
          'HTTPS port': settings?.ports['https'],
          ...(settings?.ports['alpn'] !== undefined && { 'ALPN port': settings.ports['alpn'] }),
          'AWS APIs': <Copyable text={location.origin} what="the address of the AWS APIs" />,
          Version: settings && `${settings.version} (Node ${settings.node})`,
        }}
      />
    </>
  )
}

function Options({ settings }: { settings: Settings }) {
  return (
    <>
      <Details title="Options of the server" facts={settings.options} />
      <Table
        header={
          <Header variant="h2" description="Of the device ports; the operator's file sets others (--limits).">
            Limits
          </Header>
        }
        items={settings.limits}
        trackBy="name"
        columnDefinitions={[
          { id: 'name', header: 'Limit', cell: ({ name }) => name },
          { id: 'value', header: 'Value', cell: ({ value }) => value },
          {
            id: 'default',
            header: 'Default',
            cell: (limit) =>
              limit.default === limit.value ? <Box color="text-body-secondary">the same</Box> : limit.default,
          },
        ]}
      />
    </>
  )
}
