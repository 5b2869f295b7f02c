import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useRouter, useSearch } from '@tanstack/react-router'
import { ActionsMenu } from '../../kit/actions-menu.tsx'
import { CliEquivalent } from '../../kit/cli-equivalent.tsx'
import { Copyable } from '../../kit/copyable.tsx'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { shown } from '../../kit/shown.ts'
import { Status } from '../../kit/status.tsx'
import { showTime } from '../../kit/time.ts'
import { useCall } from '../../kit/use-call.ts'
import { destinationActions } from './actions.ts'

interface Got {
  topicRuleDestination: {
    arn: string
    status: string
    statusReason?: string
    createdAt?: number
    lastUpdatedAt?: number
    httpUrlProperties?: { confirmationUrl?: string }
  }
}

export function Page() {
  const { arn = '' } = useSearch({ strict: false }) as { arn?: string }
  const router = useRouter()
  const get = { service: 'iot', operation: 'GetTopicRuleDestination', input: { arn } }
  const got = useCall<Got>(get)
  if (got.error) return <Failure error={got.error} />
  if (!got.data) return null
  const { topicRuleDestination: destination } = got.data
  const { status, statusReason, createdAt, lastUpdatedAt, httpUrlProperties } = destination
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <ActionsMenu
            actions={destinationActions([destination], () => router.history.push('/console/destinations'))}
          />
        }
      >
        Destination
      </Header>
      <Details
        title="Details"
        facts={{
          'Confirmation URL': shown(httpUrlProperties?.confirmationUrl ?? '–'),
          Status: <Status value={status} />,
          Reason: statusReason && shown(statusReason),
          ARN: <Copyable text={destination.arn} what="the ARN" />,
          Created: showTime(createdAt),
          'Last updated': showTime(lastUpdatedAt),
        }}
      />
      <CliEquivalent calls={[get]} />
    </SpaceBetween>
  )
}
