import type * as CloudWatchLogs from '@aws-sdk/client-cloudwatch-logs'
import { AwsError } from '../../api/aws/errors.ts'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import type { ArnScope } from '../../lib/arn.ts'
import { inPieces } from '../../lib/turn-of-others.ts'
import type { Store } from '../../store/index.ts'
import {
  deleteGroup,
  getGroup,
  insertGroup,
  listGroups,
  updateGroup,
  type GroupFilter,
} from './storage/group-store.ts'
import {
  addTags,
  checkRetention,
  identifiedGroup,
  logGroupArn,
  logStreamArn,
  type LogGroup,
} from './log-group.ts'
import type { Logs } from './logs.ts'
import { logsError } from './logs-error.ts'
import { decodeToken, encodeToken } from './page-token.ts'

export interface LogsDeps {
  store: Store
  logs: Logs
  now: () => Date
}

const defaultLimit = 50

export function groupsOperations({ store, logs, now }: LogsDeps) {
  return {
    async CreateLogGroup(input, context) {
      const { accountId } = context
      const { logGroupName, kmsKeyId, logGroupClass = 'STANDARD', deletionProtectionEnabled = false } = input
      if (kmsKeyId !== undefined)
        throw logsError('InvalidParameterException', 'Muster encrypts no log groups: leave kmsKeyId out.')
      const tags = addTags(new Map(), input.tags ?? {})
      if (tags.size > 0) await checkMayTag(logGroupName, context)
      await logs.flush()
      await store.transact(async (db) => {
        await logs.sequence.open(db)
        const group = {
          accountId,
          logGroupName,
          logGroupId: logs.sequence.next(),
          logGroupClass,
          creationTime: now().getTime(),
          deletionProtectionEnabled,
          tags,
        }
        if (await insertGroup(db, group)) return
        throw logsError('ResourceAlreadyExistsException', 'The specified log group already exists')
      })
    },

    async DeleteLogGroup({ logGroupName }, { accountId }) {
      await logs.flush()
      await store.transact((db) => deleteGroup(db, accountId, logGroupName))
      void logs.prune()
    },

    async DescribeLogGroups(input, context) {
      await logs.flush()
      const { logGroupNamePattern, limit = defaultLimit } = input
      const filter = groupFilter(input, context)
      const found: LogGroup[] = []
      const pause = inPieces()
      let after = decodeToken(input.nextToken)
      while (found.length <= limit) {
        const some = await listGroups(store.read, context.accountId, filter, { after, limit: limit + 1 })
        found.push(...some.filter(({ logGroupName }) => logGroupName.includes(logGroupNamePattern ?? '')))
        after = some.at(-1)?.logGroupName
        if (some.length <= limit) break
        await pause()
      }
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        logGroups: page.map((group) => describeGroup(group, context, logGroupNamePattern !== undefined)),
        nextToken: found.length > limit && last ? encodeToken(last.logGroupName) : undefined,
      }
    },

    async PutRetentionPolicy({ logGroupName, retentionInDays }, { accountId }) {
      checkRetention(retentionInDays)
      await logs.flush()
      await store.transact(async (db) =>
        updateGroup(db, await getGroup(db, accountId, logGroupName), { retentionInDays }),
      )
      void logs.prune()
    },

    async DeleteRetentionPolicy({ logGroupName }, { accountId }) {
      await logs.flush()
      await store.transact(async (db) =>
        updateGroup(db, await getGroup(db, accountId, logGroupName), { retentionInDays: null }),
      )
    },

    async PutLogGroupDeletionProtection({ logGroupIdentifier, deletionProtectionEnabled }, context) {
      const logGroupName = identifiedGroup(logGroupIdentifier, context)
      await logs.flush()
      await store.transact(async (db) =>
        updateGroup(db, await getGroup(db, context.accountId, logGroupName), { deletionProtectionEnabled }),
      )
    },
  } satisfies Partial<Operations<typeof CloudWatchLogs>>
}

/** @throws {AwsError} `InvalidParameterException` for filters that exclude each other */
function groupFilter(
  input: {
    logGroupNamePrefix?: string | undefined
    logGroupNamePattern?: string | undefined
    logGroupIdentifiers?: string[] | undefined
    logGroupClass?: LogGroup['logGroupClass'] | undefined
  },
  scope: ArnScope,
): GroupFilter {
  const { logGroupNamePrefix: prefix, logGroupNamePattern, logGroupIdentifiers, logGroupClass } = input
  const given = [prefix, logGroupNamePattern, logGroupIdentifiers].filter((one) => one !== undefined)
  if (given.length > 1)
    throw logsError(
      'InvalidParameterException',
      'LogGroup name prefix, LogGroup name pattern, and LogGroup identifiers are mutually exclusive parameters.',
    )
  const names = logGroupIdentifiers?.map((identifier) => identifiedGroup(identifier, scope))
  return { prefix, names, logGroupClass }
}

/** Either right is enough: Amazon CloudWatch Logs API Reference, "CreateLogGroup". @throws {AwsError} */
async function checkMayTag(logGroupName: string, context: CallContext): Promise<void> {
  try {
    await context.authorize('logs:TagResource', logGroupArn(context, logGroupName))
  } catch (cause) {
    if (!(cause instanceof AwsError)) throw cause
    await context.authorize('logs:TagLogGroup', logStreamArn(context, logGroupName, ''))
  }
}

/** Searched by pattern, AWS tells less of a group. */
function describeGroup(group: LogGroup, scope: ArnScope, isBrief: boolean) {
  const { logGroupName, creationTime, retentionInDays, storedBytes, logGroupClass } = group
  const arn = logGroupArn(scope, logGroupName)
  const brief = { logGroupName, creationTime, arn: `${arn}:*` }
  if (isBrief) return brief
  const { deletionProtectionEnabled } = group
  return {
    ...brief,
    retentionInDays,
    storedBytes,
    logGroupClass,
    logGroupArn: arn,
    metricFilterCount: 0,
    deletionProtectionEnabled,
  }
}
