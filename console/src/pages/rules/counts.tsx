import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { getOwn } from '../../api/call.ts'
import { Details } from '../../kit/details.tsx'
import { Failure } from '../../kit/failure.tsx'
import { PageLink } from '../../kit/page-link.tsx'
import { shown } from '../../kit/shown.ts'
import { showTime } from '../../kit/time.ts'
import { eventsHref } from '../logs/href.ts'

interface RuleCount {
  since: string
  topicMatch: number
  matched: number
  success: number
  failure: number
  lastMessageAt?: string
  lastFailure?: { at: string; failedAction: string; failedResource: string; errorMessage: string }
}

const askEveryMs = 5000

/** What became of the messages of a rule. */
export function Counts({ ruleName }: { ruleName: string }) {
  const { data, error } = useQuery({
    queryKey: ['muster', 'rule-counts', ruleName],
    queryFn: () => getOwn<RuleCount>('rule-counts', { ruleName }),
    refetchInterval: askEveryMs,
  })
  if (error) return <Failure error={error} />
  if (!data) return null
  const { lastFailure } = data
  return (
    <SpaceBetween size="l">
      <Details
        title={`Messages since ${showTime(data.since)}`}
        facts={{
          'On the topic': data.topicMatch,
          'WHERE was true': data.matched,
          'Actions that succeeded': data.success,
          Failures: data.failure,
          'Last message': showTime(data.lastMessageAt),
          'Last failure': lastFailure && (
            <span className="anywhere">
              {`${showTime(lastFailure.at)}: ${shown(lastFailure.failedAction)} ${shown(lastFailure.failedResource)}: ${shown(lastFailure.errorMessage)}`}
            </span>
          ),
          Journal: (
            <PageLink href={`/?q=${encodeURIComponent(ruleName)}`}>
              Devices whose messages it failed on
            </PageLink>
          ),
          Logs: (
            <PageLink href={eventsHref({ group: 'AWSIotLogsV2', pattern: `{ $.ruleName = "${ruleName}" }` })}>
              What AWS IoT logged of it
            </PageLink>
          ),
        }}
      />
    </SpaceBetween>
  )
}
