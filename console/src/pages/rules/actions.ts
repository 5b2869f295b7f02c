import type { Action } from '../../kit/action.ts'

const iot = (operation: string, ruleName: string) => ({ service: 'iot', operation, input: { ruleName } })

export interface RuleState {
  ruleName: string
  ruleDisabled: boolean
}

/** What can be done to rules; `onGone` once they are deleted. */
export function ruleActions(rules: readonly RuleState[], onGone?: () => void): readonly Action[] {
  const only = rules.length === 1 ? rules[0] : undefined
  const calls = (operation: string) => rules.map(({ ruleName }) => iot(operation, ruleName))
  const none = rules.length === 0 ? 'Select a rule first' : undefined
  return [
    {
      label: 'Edit',
      href: `/rules/${encodeURIComponent(only?.ruleName ?? '')}/edit`,
      needs: iot('ReplaceTopicRule', only?.ruleName ?? ''),
      disabledReason: only ? undefined : 'Select one rule first',
    },
    {
      label: 'Enable',
      operation: calls('EnableTopicRule'),
      question: 'Messages go to the actions again.',
      disabledReason: none ?? (rules.every((rule) => !rule.ruleDisabled) ? 'It is enabled' : undefined),
    },
    {
      label: 'Disable',
      operation: calls('DisableTopicRule'),
      question: 'No message goes to the actions until the rule is enabled again.',
      disabledReason: none ?? (rules.every((rule) => rule.ruleDisabled) ? 'It is disabled' : undefined),
    },
    {
      label: 'Delete',
      operation: calls('DeleteTopicRule'),
      question: 'Messages no longer go to the actions. What the rule may invoke keeps its permission.',
      typed: 'delete',
      disabledReason: none,
      onDone: onGone,
    },
  ]
}
