/** The statement on what comes in for a minute, counted and not acted on. */
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useMutation, useQuery } from '@tanstack/react-query'
import { getOwn, postOwn } from '../../api/call.ts'
import { Failure } from '../../kit/failure.tsx'
import { useMissingPermissions } from '../../kit/permissions.ts'
import { shown } from '../../kit/shown.ts'
import type { Statement } from './sample.ts'

interface WatchedMessage {
  at: string
  topic: string
  bytes: number
  payload?: string
  where?: boolean
}

interface WatchReport {
  watchId: string
  endsAt: string
  isOver: boolean
  topicMatches: number
  matched: number
  failed: number
  lastFailure?: string
  skipped: number
  messages: WatchedMessage[]
}

interface LiveTrafficProps {
  statement: Statement
  onPick: (topic: string, payload: string) => void
}

const askEveryMs = 1000
/** Its IAM action is `muster:WatchSql`. */
const watching = { service: 'muster', operation: 'WatchSql' }

export function LiveTraffic({ statement: { sql, version }, onPick }: LiveTrafficProps) {
  const start = useMutation({
    mutationFn: () => postOwn<WatchReport>('sql/watch', { sql, awsIotSqlVersion: version }),
  })
  const watchId = start.data?.watchId
  const { data: report = start.data, error } = useQuery({
    queryKey: ['muster', 'sql/watch', watchId],
    queryFn: () => getOwn<WatchReport>('sql/watch', { watchId: watchId ?? '' }),
    enabled: watchId !== undefined,
    refetchInterval: ({ state }) => (state.data?.isOver === true || state.error ? false : askEveryMs),
  })
  const [denied] = useMissingPermissions([watching])
  const isRunning = report !== undefined && !report.isOver && !error
  return (
    <SpaceBetween size="s">
      <Button
        formAction="none"
        loading={start.isPending}
        disabled={isRunning || denied !== undefined}
        disabledReason={denied ?? 'It is being watched'}
        onClick={() => start.mutate()}
      >
        Watch live traffic for 60 s
      </Button>
      {start.error ? <Failure error={start.error} /> : null}
      {report ? <Report report={report} isRunning={isRunning} onPick={onPick} /> : null}
    </SpaceBetween>
  )
}

interface ReportProps {
  report: WatchReport
  isRunning: boolean
  onPick: LiveTrafficProps['onPick']
}

function Report({ report, isRunning, onPick }: ReportProps) {
  const { topicMatches, matched, failed, skipped, lastFailure, messages } = report
  const counts = {
    'On the topic': topicMatches,
    'WHERE is true': matched,
    Failed: failed,
    ...(skipped > 0 && { 'Not looked at': skipped }),
  }
  return (
    <SpaceBetween size="s">
      <StatusIndicator type={isRunning ? 'in-progress' : 'success'}>
        {isRunning ? 'Watching; no action runs' : 'Watched for a minute'}
      </StatusIndicator>
      <ColumnLayout columns={3} minColumnWidth={120} variant="text-grid">
        {Object.entries(counts).map(([label, count]) => (
          <div key={label}>
            <Box variant="awsui-key-label">{label}</Box>
            <Box fontSize="heading-m">{count}</Box>
          </div>
        ))}
      </ColumnLayout>
      {lastFailure === undefined ? null : (
        <StatusIndicator type="error">{shown(lastFailure)}</StatusIndicator>
      )}
      {messages.map(({ at, topic, payload, bytes, where }, index) => (
        <SpaceBetween key={`${at} ${index}`} direction="horizontal" size="xs" alignItems="center">
          <StatusIndicator type={where === true ? 'success' : 'stopped'}>
            <span className="anywhere">{shown(topic)}</span>
          </StatusIndicator>
          {payload === undefined ? (
            <Box color="text-body-secondary">{bytes} bytes</Box>
          ) : (
            <Button formAction="none" variant="inline-link" onClick={() => onPick(topic, payload)}>
              Use as sample
            </Button>
          )}
        </SpaceBetween>
      ))}
    </SpaceBetween>
  )
}
