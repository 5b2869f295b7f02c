/** Rules that take messages to actions. Source: AWS IoT Developer Guide, "Creating an AWS IoT rule". */
import type { Action } from '@aws-sdk/client-iot'
import { iotError } from '../api/aws/errors.ts'
import { iotArn, type ArnScope } from '../lib/arn.ts'
import { matchesTopicFilter } from '../lib/topic-filter.ts'
import type { SqlVersion } from './sql/index.ts'

/** An action by its kind: those that are offered. */
export type RuleAction = Pick<Action, 'cloudwatchLogs' | 'http' | 'lambda' | 'republish' | 's3' | 'sqs'>

export interface TopicRule {
  accountId: string
  ruleName: string
  /** As the caller wrote it. */
  sql: string
  awsIotSqlVersion: SqlVersion
  /** The topic filter after FROM; absent for a rule of Basic Ingest alone. */
  topicPattern?: string
  description?: string
  actions: RuleAction[]
  errorAction?: RuleAction
  ruleDisabled: boolean
  createdAt: Date
}

/** Of one account. AWS General Reference, "AWS IoT Core rules engine limits". */
export const maxRules = 1000

export const ruleArn = (scope: ArnScope, ruleName: string) => iotArn(scope, `rule/${ruleName}`)

const sqlVersions: readonly SqlVersion[] = ['2015-10-08', '2016-03-23', 'beta']

/** @throws {AwsError} `InvalidRequestException` for a version that does not exist */
export function toSqlVersion(text: string | undefined): SqlVersion {
  if (text === undefined) return '2015-10-08'
  const version = sqlVersions.find((known) => known === text)
  if (version) return version
  throw iotError(
    'InvalidRequestException',
    `awsIotSqlVersion must be one of ${sqlVersions.join(', ')}; it is "${text}"`,
  )
}

/**
 * Whether ListTopicRules shows the rule when asked for a topic.
 * assumed: the topic may be the rule's own filter, or a topic that the filter matches
 */
export function concernsTopic({ topicPattern }: TopicRule, topic: string): boolean {
  return topicPattern !== undefined && (topicPattern === topic || matchesTopicFilter(topicPattern, topic))
}

/** Rule tags come in a header, as a query string: `key=value&key2=value2`. */
export function parseTagHeader(text: string | undefined): { Key: string; Value: string }[] {
  return [...new URLSearchParams(text ?? '')].map(([Key, Value]) => ({ Key, Value }))
}
