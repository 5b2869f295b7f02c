import type { RuleIdentity } from '../actions/action.ts'
import { prepareRule, type PreparedRule } from '../prepare-rule.ts'
import { ruleArn, type TopicRule } from '../topic-rule.ts'

/** A rule that is switched on. */
export interface ActiveRule extends PreparedRule {
  identity: RuleIdentity
}

/** @throws {AwsError} for a rule that an earlier release took and this one does not */
export function activate(rule: TopicRule, region: string): ActiveRule {
  const { accountId, ruleName } = rule
  const identity = { accountId, ruleName, ruleArn: ruleArn({ accountId, region }, ruleName) }
  return { ...prepareRule(rule), identity }
}
