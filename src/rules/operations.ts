/** Topic rules over the AWS API. */
import type * as Iot from '@aws-sdk/client-iot'
import { AwsError, iotError } from '../api/aws/errors.ts'
import type { CallContext, Operations } from '../api/aws/operations.ts'
import { commitsOf, type Fabric } from '../fabric/in-process/index.ts'
import type { Identities } from '../access/identities/index.ts'
import { parsePage, toPage } from '../api/aws/page.ts'
import type { Outbound } from '../lib/outbound/outbound.ts'
import type { Store } from '../store/index.ts'
import { deleteTags, setTags } from '../registry/tags/index.ts'
import type { AwsEndpoints } from './actions/aws-endpoints.ts'
import { checkHost } from './actions/http.ts'
import { checkOffered } from './actions/prepare.ts'
import { iotService } from './actions/service-role.ts'
import type { Confirmations } from './confirmations.ts'
import { destinationOperations } from './destination-operations.ts'
import { prepareRule, type PreparedRule } from './prepare-rule.ts'
import { createTopicRule, deleteTopicRule, getTopicRule, listTopicRules, saveTopicRule } from './store.ts'
import { concernsTopic, parseTagHeader, ruleArn, toSqlVersion, type TopicRule } from './topic-rule.ts'

export interface TopicRulesDeps {
  store: Store
  fabric: Pick<Fabric, 'announce'>
  identities: Pick<Identities, 'assumeServiceRole'>
  rules: Confirmations
  awsEndpoints: AwsEndpoints
  outbound: Pick<Outbound, 'findFault'>
  now: () => Date
}

type RuleInput = Pick<
  Parameters<Operations<typeof Iot>['CreateTopicRule']>[0],
  'ruleName' | 'topicRulePayload'
>

export function topicRulesOperations(deps: TopicRulesDeps) {
  const { store, fabric } = deps
  const commit = commitsOf({ store, fabric }, 'topic-rule')
  const switchRule = async (ruleName: string, ruleDisabled: boolean, context: CallContext) => {
    await commit(context.accountId, ruleName, async (db) => {
      const rule = await getTopicRule(db, context.accountId, ruleName)
      await saveTopicRule(db, { ...rule, ruleDisabled })
    })
  }

  return {
    async CreateTopicRule(input, context) {
      const rule = await readRule(deps, input, context)
      const { accountId, region } = context
      const tags = parseTagHeader(input.tags)
      await commit(context.accountId, input.ruleName, async (db) => {
        await createTopicRule(db, rule, region)
        await setTags(db, accountId, ruleArn(context, input.ruleName), tags)
      })
    },

    async ReplaceTopicRule(input, context) {
      const rule = await readRule(deps, input, context)
      await commit(context.accountId, input.ruleName, async (db) => {
        await getTopicRule(db, context.accountId, input.ruleName)
        await saveTopicRule(db, rule)
      })
    },

    async GetTopicRule({ ruleName }, context) {
      const {
        accountId: _,
        topicPattern: __,
        ...rule
      } = await getTopicRule(store.read, context.accountId, ruleName)
      return { ruleArn: ruleArn(context, ruleName), rule }
    },

    async ListTopicRules({ topic, ruleDisabled, ...paging }, context) {
      const page = parsePage(paging)
      const all = await listTopicRules(store.read, context.accountId)
      const chosen = all
        .filter((rule) => topic === undefined || concernsTopic(rule, topic))
        .filter((rule) => ruleDisabled === undefined || rule.ruleDisabled === ruleDisabled)
        .filter(({ ruleName }) => page.after === undefined || ruleName > page.after)
      const { rows, nextToken } = toPage(chosen, page, ({ ruleName }) => ruleName)
      return { rules: rows.map((rule) => summarize(rule, context)), nextToken }
    },

    async DeleteTopicRule({ ruleName }, context) {
      const { accountId } = context
      await commit(context.accountId, ruleName, async (db) => {
        await getTopicRule(db, accountId, ruleName) // assumed: AWS refuses here as for GetTopicRule
        await deleteTopicRule(db, accountId, ruleName)
        await deleteTags(db, accountId, ruleArn(context, ruleName))
      })
    },

    EnableTopicRule: ({ ruleName }, context) => switchRule(ruleName, false, context),

    DisableTopicRule: ({ ruleName }, context) => switchRule(ruleName, true, context),

    ...destinationOperations(deps),
  } satisfies Partial<Operations<typeof Iot>>
}

/** Refuses whatever could not work: statement, actions, roles that the caller may not pass or AWS IoT not take. */
async function readRule(
  { identities, awsEndpoints, outbound, now }: TopicRulesDeps,
  { ruleName, topicRulePayload }: RuleInput,
  context: CallContext,
): Promise<TopicRule> {
  const { sql, description, actions, errorAction, ruleDisabled = false } = topicRulePayload
  const statement = {
    sql,
    awsIotSqlVersion: toSqlVersion(topicRulePayload.awsIotSqlVersion),
    actions,
    ...(errorAction && { errorAction }),
  }
  for (const action of errorAction ? [...actions, errorAction] : actions) {
    checkOffered(action, awsEndpoints)
    checkHost(action.http?.url ?? '', outbound)
  }
  const prepared = prepareRule(statement)
  await checkRoles(identities, { prepared, ruleName }, context)
  return {
    ...statement,
    accountId: context.accountId,
    ruleName,
    ...(prepared.topicFilter !== undefined && { topicPattern: prepared.topicFilter }),
    ...(description !== undefined && { description }),
    ruleDisabled,
    createdAt: now(),
  }
}

async function checkRoles(
  identities: TopicRulesDeps['identities'],
  { prepared, ruleName }: { prepared: PreparedRule; ruleName: string },
  context: CallContext,
): Promise<void> {
  const { actions, errorAction } = prepared
  const roles = [...actions, ...(errorAction ? [errorAction] : [])].map(({ roleArn }) => roleArn)
  for (const roleArn of new Set(roles)) {
    if (roleArn === undefined) continue
    await context.authorize('iam:PassRole', roleArn, { 'iam:PassedToService': iotService })
    const request = {
      accountId: context.accountId,
      roleArn,
      service: iotService,
      sessionName: ruleName.slice(0, 64),
      sourceArn: ruleArn(context, ruleName),
    }
    await identities.assumeServiceRole(request).catch((error: unknown) => {
      if (!(error instanceof AwsError)) throw error
      // the beginning is what provisioning tools wait on while a new role spreads
      throw iotError(
        'InvalidRequestException',
        `iot.amazonaws.com is unable to perform: sts:AssumeRole on resource: ${roleArn}: ${error.message}`,
      )
    })
  }
}

function summarize({ ruleName, topicPattern, createdAt, ruleDisabled }: TopicRule, context: CallContext) {
  return {
    ruleArn: ruleArn(context, ruleName),
    ruleName,
    ...(topicPattern !== undefined && { topicPattern }),
    createdAt,
    ruleDisabled,
  }
}
