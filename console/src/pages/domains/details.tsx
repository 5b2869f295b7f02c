import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useParams, useRouter } from '@tanstack/react-router'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { LikelyActions } from '../../kit/likely-actions.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { Tags } from '../../kit/tags.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { iot } from '../resources/list.tsx'
import { domainActions, type Domain } from './domain.ts'

export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string }
  const router = useRouter()
  const describe = iot('DescribeDomainConfiguration', { domainConfigurationName: id })
  const described = useCall<Domain>(describe)
  if (described.error) return <Failure error={described.error} />
  if (!described.data) return null
  const domain = described.data
  const actions = domainActions([domain], () => router.history.push('/console/domain-configurations'))
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<LikelyActions actions={actions} />}>
        {shown(id)}
      </Header>
      <Details
        title="Details"
        facts={{
          'Domain name': domain.domainName && <Copyable text={domain.domainName} what="the domain name" />,
          Status: <Status value={domain.domainConfigurationStatus} />,
          'Domain configuration ARN': <Copyable text={domain.domainConfigurationArn} what="the ARN" />,
          'Domain type': domain.domainType,
          'Service type': domain.serviceType,
          'Authentication type': domain.authenticationType,
          'Application protocol': domain.applicationProtocol,
          'Default authorizer': domain.authorizerConfig?.defaultAuthorizerName,
          'Security policy': domain.tlsConfig?.securityPolicy,
          'Status changed': showTime(domain.lastStatusChangeDate),
        }}
      />
      <Tags resourceArn={domain.domainConfigurationArn} />
      <CliEquivalent calls={[describe]} />
    </SpaceBetween>
  )
}
