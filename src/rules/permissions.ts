import type * as Iot from '@aws-sdk/client-iot'
import type { Permissions } from '../api/aws/operations.ts'
import type { ArnScope } from '../lib/arn.ts'
import { destinationArn } from './destination.ts'
import { ruleArn } from './topic-rule.ts'

const onRule = ({ ruleName }: { ruleName: string }, scope: ArnScope) => ({
  resources: [ruleArn(scope, ruleName)],
})
const onDestination = ({ arn }: { arn: string }) => ({ resources: [arn] })
/** Which one is not known before the operation runs. */
const onSomeDestination = (_: unknown, scope: ArnScope) => ({ resources: [destinationArn(scope, '*')] })
const onAll = () => ({ resources: ['*'] })

export const topicRulesPermissions = {
  CreateTopicRule: onRule,
  ReplaceTopicRule: onRule,
  GetTopicRule: onRule,
  DeleteTopicRule: onRule,
  EnableTopicRule: onRule,
  DisableTopicRule: onRule,
  ListTopicRules: onAll,
  CreateTopicRuleDestination: onSomeDestination,
  ConfirmTopicRuleDestination: onSomeDestination,
  GetTopicRuleDestination: onDestination,
  UpdateTopicRuleDestination: onDestination,
  DeleteTopicRuleDestination: onDestination,
  ListTopicRuleDestinations: onAll,
} satisfies Partial<Permissions<typeof Iot>>
