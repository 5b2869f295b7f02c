import type * as CloudWatchLogs from '@aws-sdk/client-cloudwatch-logs'
import type { Operations } from '../../api/aws/operations.ts'
import { formatPageToken, formatPosition, parsePageToken, parsePosition } from './events/position.ts'
import { decideAccepted } from './events/put.ts'
import { decideTokens, firstToken, readEvents, type NamedEvent } from './events/read.ts'
import { parseFilterPattern } from './filter-pattern/index.ts'
import { getGroup } from './storage/group-store.ts'
import type { LogsDeps } from './groups-operations.ts'
import { expiryOf, namedGroup, type LogGroup } from './log-group.ts'
import { logsError, streamNotFound } from './logs-error.ts'
import { getStream } from './storage/stream-store.ts'

const defaultLimit = 10_000

export function eventsOperations({ store, logs, now }: LogsDeps) {
  return {
    async PutLogEvents({ logGroupName, logStreamName, logEvents }, { accountId }) {
      const group = await getGroup(store.read, accountId, logGroupName)
      const stream = await getStream(store.read, group, logStreamName)
      const window = { now: now().getTime(), expiry: expiryOf(group, now()) }
      const { accepted, rejected } = decideAccepted(logEvents, window, logs.settings.maxEventBytes)
      const last = await logs.put(stream, accepted)
      if (accepted.length > 0 && !last) throw streamNotFound()
      return {
        nextSequenceToken: formatPosition(last ?? { timestamp: window.now, eventId: stream.lastEventId }),
        rejectedLogEventsInfo: rejected,
      }
    },

    async GetLogEvents(input, context) {
      const { logStreamName, startFromHead = false, limit = defaultLimit, nextToken } = input
      const given = nextToken === undefined ? undefined : parsePageToken(nextToken)
      const token = given ?? firstToken(startFromHead ? 'forward' : 'backward')
      const logGroupName = namedGroup(input, context)
      await logs.flush()
      const group = await getGroup(store.read, context.accountId, logGroupName)
      const stream = await getStream(store.read, group, logStreamName)
      const { events } = await readEvents(store.read, {
        of: stream,
        startTime: Math.max(input.startTime ?? 0, expiryOf(group, now())),
        endTime: input.endTime ?? Number.MAX_SAFE_INTEGER,
        direction: token.direction,
        beyond: given?.position,
        limit,
      })
      const page = token.direction === 'forward' ? events : events.toReversed()
      const { forward, backward } = decideTokens(page, token)
      return {
        events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
        nextForwardToken: formatPageToken(forward),
        nextBackwardToken: formatPageToken(backward),
      }
    },

    async FilterLogEvents(input, context) {
      const { logStreamNames, logStreamNamePrefix, limit = defaultLimit, nextToken } = input
      const matchesText = parseFilterPattern(input.filterPattern ?? '')
      const beyond = nextToken === undefined ? undefined : parsePosition(nextToken)
      if (logStreamNames !== undefined && logStreamNamePrefix !== undefined)
        throw logsError(
          'InvalidParameterException',
          'logStreamNamePrefix and logStreamNames are mutually exclusive parameters.',
        )
      const logGroupName = namedGroup(input, context)
      await logs.flush()
      const group = await getGroup(store.read, context.accountId, logGroupName)
      const streams = await selectStreams(group, logStreamNames)
      const isOfStream = ({ logStreamName }: NamedEvent) =>
        (streams?.names.has(logStreamName) ?? true) && logStreamName.startsWith(logStreamNamePrefix ?? '')
      const { events, next } = await readEvents(store.read, {
        of: { ...group, logStreamId: streams?.onlyId },
        startTime: Math.max(input.startTime ?? 0, expiryOf(group, now())),
        endTime: Math.min(input.endTime ?? Infinity, Number.MAX_SAFE_INTEGER - 1) + 1, // this operation includes it
        direction: 'forward',
        beyond,
        limit,
        matches: (event) => isOfStream(event) && matchesText(event.message),
      })
      return {
        events: events.map(({ logStreamName, timestamp, eventId, message, ingestionTime }) => ({
          logStreamName,
          timestamp,
          message,
          ingestionTime,
          eventId: formatPosition({ timestamp, eventId }),
        })),
        searchedLogStreams: [], // what AWS answers since 2020
        nextToken: next && formatPosition(next),
      }
    },
  } satisfies Partial<Operations<typeof CloudWatchLogs>>

  /** @throws {AwsError} `ResourceNotFoundException` when one of the names is not that of a stream */
  async function selectStreams(group: LogGroup, logStreamNames: readonly string[] | undefined) {
    if (logStreamNames === undefined) return undefined
    const names = new Set(logStreamNames)
    const ids: number[] = []
    for (const name of names) ids.push((await getStream(store.read, group, name)).logStreamId)
    return { names, onlyId: ids.length === 1 ? ids[0] : undefined }
  }
}
