import type * as CloudWatchLogs from '@aws-sdk/client-cloudwatch-logs'
import type { Operations } from '../../api/aws/operations.ts'
import { getGroup } from './storage/group-store.ts'
import type { LogsDeps } from './groups-operations.ts'
import { formatPosition } from './events/position.ts'
import { logStreamArn, namedGroup } from './log-group.ts'
import { logsError } from './logs-error.ts'
import { decodeToken, encodeToken } from './page-token.ts'
import {
  deleteStream,
  insertStream,
  listStreams,
  type LogStream,
  type StreamPage,
} from './storage/stream-store.ts'

const defaultLimit = 50

export function streamsOperations({ store, logs, now }: LogsDeps) {
  return {
    async CreateLogStream({ logGroupName, logStreamName }, { accountId }) {
      await logs.flush()
      await store.transact(async (db) => {
        const { logGroupId } = await getGroup(db, accountId, logGroupName)
        await logs.sequence.open(db)
        const creationTime = now().getTime()
        const logStreamId = logs.sequence.next()
        if (await insertStream(db, { accountId, logGroupId, logStreamId, logStreamName, creationTime }))
          return
        throw logsError('ResourceAlreadyExistsException', 'The specified log stream already exists')
      })
    },

    async DeleteLogStream({ logGroupName, logStreamName }, { accountId }) {
      await logs.flush()
      await store.transact(async (db) =>
        deleteStream(db, await getGroup(db, accountId, logGroupName), logStreamName),
      )
      void logs.prune()
    },

    async DescribeLogStreams(input, context) {
      const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName', descending = false } = input
      const { limit = defaultLimit, nextToken } = input
      if (orderBy === 'LastEventTime' && prefix !== undefined)
        throw logsError(
          'InvalidParameterException',
          'Cannot order by LastEventTime with a logStreamNamePrefix.',
        )
      const logGroupName = namedGroup(input, context)
      await logs.flush()
      const group = await getGroup(store.read, context.accountId, logGroupName)
      const after = parseAfter(nextToken)
      const found = await listStreams(store.read, group, {
        prefix,
        orderBy,
        descending,
        limit: limit + 1,
        after,
      })
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        logStreams: page.map((stream) => ({
          ...describeStream(stream),
          arn: logStreamArn(context, logGroupName, stream.logStreamName),
        })),
        nextToken: found.length > limit && last ? encodeToken(afterText(last)) : undefined,
      }
    },
  } satisfies Partial<Operations<typeof CloudWatchLogs>>
}

type After = NonNullable<StreamPage['after']>

const afterText = ({ lastEventTimestamp, logStreamName }: After) => `${lastEventTimestamp} ${logStreamName}`

/** @throws {AwsError} `InvalidParameterException` */
function parseAfter(nextToken: string | undefined): After | undefined {
  const text = decodeToken(nextToken)
  if (text === undefined) return undefined
  const [, timestamp, logStreamName = ''] = /^(\d{1,15}) (.+)$/s.exec(text) ?? []
  if (timestamp === undefined)
    throw logsError('InvalidParameterException', 'The specified nextToken is invalid.')
  return { lastEventTimestamp: Number(timestamp), logStreamName }
}

function describeStream(stream: LogStream) {
  const { logStreamName, creationTime, firstEventTimestamp, lastEventTimestamp, lastIngestionTime } = stream
  return {
    logStreamName,
    creationTime,
    ...(lastIngestionTime > 0 && { firstEventTimestamp, lastEventTimestamp, lastIngestionTime }),
    uploadSequenceToken: formatPosition({ timestamp: lastEventTimestamp, eventId: stream.lastEventId }), // no longer asked for
    storedBytes: 0, // AWS counts the bytes of groups alone
  }
}
