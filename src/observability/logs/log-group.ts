/** Log groups: names, ARNs, retention, tags. Source: Amazon CloudWatch Logs API Reference. */
import type { LogGroupClass } from '@aws-sdk/client-cloudwatch-logs'
import { formatArn, parseArn, type ArnScope } from '../../lib/arn.ts'
import { logsError } from './logs-error.ts'

export interface LogGroup {
  accountId: string
  logGroupId: number
  logGroupName: string
  logGroupClass: LogGroupClass
  creationTime: number
  /** Absent: events do not expire. */
  retentionInDays?: number | undefined
  deletionProtectionEnabled: boolean
  tags: ReadonlyMap<string, string>
  storedBytes: number
}

const dayMs = 86_400_000
const maxTags = 50

/** Source: API Reference, "PutRetentionPolicy". */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

const groupNamePattern = /^[.\-_/#A-Za-z0-9]{1,512}$/
const streamNamePattern = /^[^:*]{1,512}$/s

/** For names that no API model has checked. */
export function areValidNames(logGroupName: string, logStreamName: string): boolean {
  return groupNamePattern.test(logGroupName) && streamNamePattern.test(logStreamName)
}

/** As tags take it and `logGroupArn` shows it; in policies `:*` follows. */
export function logGroupArn({ region, accountId }: ArnScope, logGroupName: string): string {
  return formatArn({ service: 'logs', region, accountId, resource: `log-group:${logGroupName}` })
}

/** `logStreamName` is empty where an action is on the whole group. */
export function logStreamArn(scope: ArnScope, logGroupName: string, logStreamName: string): string {
  return `${logGroupArn(scope, logGroupName)}:log-stream:${logStreamName}`
}

/** The name in a group's ARN of this account and region, with or without `:*`; `undefined` for any other text. */
export function groupNameInArn(arn: string, { accountId, region }: ArnScope): string | undefined {
  const parsed = parseArn(arn)
  if (parsed?.service !== 'logs' || parsed.accountId !== accountId || parsed.region !== region)
    return undefined
  return /^log-group:([^:]+)(:\*)?$/.exec(parsed.resource)?.[1]
}

interface GroupReference {
  logGroupName?: string | undefined
  /** A name or an ARN. */
  logGroupIdentifier?: string | undefined
}

/**
 * The name of the group that a request is about.
 * @throws {AwsError} `InvalidParameterException` unless it is named once; `ResourceNotFoundException` for an ARN
 * of elsewhere
 */
export function namedGroup({ logGroupName, logGroupIdentifier }: GroupReference, scope: ArnScope): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined))
    throw logsError(
      'InvalidParameterException',
      'Exactly one of logGroupName and logGroupIdentifier must be specified.',
    )
  if (logGroupName !== undefined) return logGroupName
  return identifiedGroup(logGroupIdentifier ?? '', scope)
}

/** @throws {AwsError} `ResourceNotFoundException` for an ARN of elsewhere */
export function identifiedGroup(identifier: string, scope: ArnScope): string {
  if (!identifier.startsWith('arn:')) return identifier
  const name = groupNameInArn(identifier, scope)
  if (name === undefined)
    throw logsError('ResourceNotFoundException', `There is no log group ${identifier.slice(0, 600)} here.`)
  return name
}

/** @throws {AwsError} `InvalidParameterException` */
export function checkRetention(days: number): void {
  if (retentionDays.includes(days)) return
  throw logsError(
    'InvalidParameterException',
    `retentionInDays must be one of [${retentionDays.join(', ')}], it is ${days}.`,
  )
}

/** Epoch milliseconds: what is older has expired. */
export function expiryOf({ retentionInDays }: Pick<LogGroup, 'retentionInDays'>, now: Date): number {
  return retentionInDays === undefined ? 0 : now.getTime() - retentionInDays * dayMs
}

/**
 * @throws {AwsError} `TooManyTagsException` above fifty; `InvalidParameterException` for keys that AWS keeps to
 * itself
 */
export function addTags(
  tags: ReadonlyMap<string, string>,
  added: Readonly<Record<string, string>>,
): Map<string, string> {
  for (const key of Object.keys(added))
    if (/^aws:/i.test(key))
      throw logsError(
        'InvalidParameterException',
        `The tag key "${key}" begins with "aws:", which AWS reserves.`,
      )
  const all = new Map([...tags, ...Object.entries(added)])
  if (all.size > maxTags)
    throw logsError(
      'TooManyTagsException',
      `A log group has at most ${maxTags} tags, it would have ${all.size}.`,
    )
  return all
}
