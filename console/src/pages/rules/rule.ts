/** Rules as the API has them, and as a form has them. */
import type { OperationCall, Session } from '../../api/call.ts'
import type { ActionKind } from './action-kinds.ts'

export interface TopicRule {
  ruleName: string
  sql: string
  description?: string
  awsIotSqlVersion: string
  actions: Record<string, Record<string, unknown>>[]
  errorAction?: Record<string, Record<string, unknown>>
  ruleDisabled: boolean
  createdAt: number
}

export interface GotRule {
  ruleArn: string
  rule: TopicRule
}

export interface ActionDraft {
  /** Tells it from others of the same form. */
  key: number
  kind: ActionKind | ''
  config: Readonly<Record<string, unknown>>
}

export interface RuleDraft {
  ruleName: string
  description: string
  sql: string
  version: string
  actions: readonly ActionDraft[]
  errorAction?: ActionDraft | undefined
  isDisabled: boolean
}

export const sqlVersions = ['2016-03-23', '2015-10-08', 'beta'] as const

export const newRule: RuleDraft = {
  ruleName: '',
  description: '',
  sql: "SELECT * FROM 'iot/topic'",
  version: '2016-03-23',
  actions: [{ key: 1, kind: '', config: {} }],
  isDisabled: false,
}

export function toDraft({ rule }: GotRule): RuleDraft {
  const { ruleName, description = '', sql, awsIotSqlVersion: version, actions, errorAction } = rule
  return {
    ruleName,
    description,
    sql,
    version,
    actions: actions.map((action, at) => toActionDraft(action, at + 1)),
    ...(errorAction && { errorAction: toActionDraft(errorAction, 0) }),
    isDisabled: rule.ruleDisabled,
  }
}

function toActionDraft(action: TopicRule['actions'][number], key: number): ActionDraft {
  const [kind = '', config = {}] = Object.entries(action)[0] ?? []
  return { key, kind: kind as ActionKind, config }
}

const toAction = ({ kind, config }: ActionDraft) => ({ [kind]: config })

export const callFor = (
  operation: 'CreateTopicRule' | 'ReplaceTopicRule',
  draft: RuleDraft,
): OperationCall => ({
  service: 'iot',
  operation,
  input: {
    ruleName: draft.ruleName,
    topicRulePayload: {
      sql: draft.sql,
      ...(draft.description !== '' && { description: draft.description }),
      awsIotSqlVersion: draft.version,
      actions: draft.actions.map(toAction),
      ...(draft.errorAction && { errorAction: toAction(draft.errorAction) }),
      ruleDisabled: draft.isDisabled,
    },
  },
})

export const functionsOf = (actions: readonly (ActionDraft | undefined)[]): string[] => [
  ...new Set(
    actions.flatMap((action) =>
      action?.kind === 'lambda' && typeof action.config['functionArn'] === 'string'
        ? [action.config['functionArn']]
        : [],
    ),
  ),
]

export const ruleArnOf = ({ region, accountId }: Pick<Session, 'region' | 'accountId'>, ruleName: string) =>
  `arn:aws:iot:${region}:${accountId}:rule/${ruleName}`
