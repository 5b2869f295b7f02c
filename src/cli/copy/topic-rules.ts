import {
  CreateTopicRuleCommand,
  GetTopicRuleCommand,
  paginateListTopicRules,
  type TopicRulePayload,
} from '@aws-sdk/client-iot'
import { inPages } from './ends.ts'
import type { Copy } from './items.ts'
import { planNamed, type Named, type NamedKind } from './named.ts'

/** Those that the account may not read are AWS's own. */
const topicRules: NamedKind<TopicRulePayload> = {
  kind: 'rules',
  async list(end) {
    const all: Named[] = []
    for await (const { rules = [] } of paginateListTopicRules(inPages(end), {}))
      for (const { ruleName = '', ruleArn = '' } of rules) all.push({ name: ruleName, arn: ruleArn })
    return all
  },
  async describe({ iot }, ruleName) {
    const { rule } = await iot.send(new GetTopicRuleCommand({ ruleName }))
    const { sql, description, actions, ruleDisabled, awsIotSqlVersion, errorAction } = rule ?? {}
    return {
      sql,
      description,
      actions,
      ruleDisabled,
      awsIotSqlVersion,
      ...(errorAction && { errorAction }),
    }
  },
  async make({ iot }, ruleName, { content: topicRulePayload, tags }) {
    const text = new URLSearchParams([...tags]).toString() // as the header x-amz-tagging wants them
    await iot.send(
      new CreateTopicRuleCommand({ ruleName, topicRulePayload, ...(text !== '' && { tags: text }) }),
    )
  },
}

export const planTopicRules = (copy: Copy) => planNamed(topicRules, copy)
