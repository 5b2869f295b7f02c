import type * as CloudWatchLogs from '@aws-sdk/client-cloudwatch-logs'
import type { CallContext, Operations } from '../../api/aws/operations.ts'
import { getGroup, updateGroup } from './storage/group-store.ts'
import type { LogsDeps } from './groups-operations.ts'
import { addTags, groupNameInArn } from './log-group.ts'
import { logsError } from './logs-error.ts'

type TagsDeps = Pick<LogsDeps, 'store' | 'logs'>

/** Both families: by ARN, and the older one by the group's name. */
export function tagsOperations({ store, logs }: TagsDeps) {
  async function add(accountId: string, logGroupName: string, tags: Record<string, string>): Promise<void> {
    await logs.flush()
    await store.transact(async (db) => {
      const group = await getGroup(db, accountId, logGroupName)
      await updateGroup(db, group, { tags: addTags(group.tags, tags) })
    })
  }

  async function remove(accountId: string, logGroupName: string, keys: readonly string[]): Promise<void> {
    await logs.flush()
    await store.transact(async (db) => {
      const group = await getGroup(db, accountId, logGroupName)
      const tags = new Map([...group.tags].filter(([key]) => !keys.includes(key)))
      await updateGroup(db, group, { tags })
    })
  }

  async function list(accountId: string, logGroupName: string): Promise<Record<string, string>> {
    await logs.flush()
    const { tags } = await getGroup(store.read, accountId, logGroupName)
    return Object.fromEntries(tags)
  }

  return {
    TagResource: ({ resourceArn, tags }, context) =>
      add(context.accountId, taggedGroup(resourceArn, context), tags),
    UntagResource: ({ resourceArn, tagKeys }, context) =>
      remove(context.accountId, taggedGroup(resourceArn, context), tagKeys),
    ListTagsForResource: async ({ resourceArn }, context) => ({
      tags: await list(context.accountId, taggedGroup(resourceArn, context)),
    }),
    TagLogGroup: ({ logGroupName, tags }, { accountId }) => add(accountId, logGroupName, tags),
    UntagLogGroup: ({ logGroupName, tags }, { accountId }) => remove(accountId, logGroupName, tags),
    ListTagsLogGroup: async ({ logGroupName }, { accountId }) => ({
      tags: await list(accountId, logGroupName),
    }),
  } satisfies Partial<Operations<typeof CloudWatchLogs>>
}

/** @throws {AwsError} `ResourceNotFoundException` for what is not a log group here */
function taggedGroup(resourceArn: string, context: CallContext): string {
  const name = groupNameInArn(resourceArn, context)
  if (name !== undefined) return name
  throw logsError('ResourceNotFoundException', `There is no log group ${resourceArn.slice(0, 600)} here.`)
}
