import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { useCall } from '../../kit/use-call.ts'

export function Page() {
  const describe = { service: 'iot', operation: 'DescribeEndpoint', input: { endpointType: 'iot:Data-ATS' } }
  const endpoint = useCall<{ endpointAddress: string }>(describe)
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Endpoints</Header>
      {endpoint.error ? <Failure error={endpoint.error} /> : null}
      <Details
        title="Where devices connect"
        facts={{
          'Device data endpoint': endpoint.data && (
            <Copyable text={endpoint.data.endpointAddress} what="the endpoint" />
          ),
          'AWS APIs': location.origin,
        }}
      />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}
