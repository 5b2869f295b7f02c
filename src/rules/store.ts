import { iotError } from '../api/aws/errors.ts'
import type { Db, Tables } from '../store/index.ts'
import { maxRules, ruleArn, type RuleAction, type TopicRule } from './topic-rule.ts'

/**
 * @throws {AwsError} `ResourceAlreadyExistsException`, or `InvalidRequestException` when the account has as many
 * rules as it may
 */
export async function createTopicRule(db: Db, rule: TopicRule, region: string): Promise<void> {
  const { accountId, ruleName } = rule
  if (await findTopicRule(db, accountId, ruleName))
    throw iotError('ResourceAlreadyExistsException', `a rule named ${ruleName} already exists`, {
      resourceId: ruleName,
      resourceArn: ruleArn({ accountId, region }, ruleName),
    })
  // assumed: the code, as the model gives CreateTopicRule no LimitExceededException
  if ((await countTopicRules(db, accountId)) >= maxRules)
    throw iotError('InvalidRequestException', `an account has at most ${maxRules} rules`)
  await db.insertInto('topic_rules').values(toRow(rule)).execute()
}

async function countTopicRules(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('topic_rules')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function findTopicRule(
  db: Db,
  accountId: string,
  ruleName: string,
): Promise<TopicRule | undefined> {
  const row = await db
    .selectFrom('topic_rules')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('rule_name', '=', ruleName)
    .executeTakeFirst()
  return row && fromRow(row)
}

/** @throws {AwsError} `UnauthorizedException`, which is how AWS says that there is no such rule */
export async function getTopicRule(db: Db, accountId: string, ruleName: string): Promise<TopicRule> {
  const rule = await findTopicRule(db, accountId, ruleName)
  if (!rule)
    throw iotError('UnauthorizedException', `Access to topic rule '${ruleName}' was denied: there is none`)
  return rule
}

/** Everything but the name and the time of creation. */
export async function saveTopicRule(db: Db, rule: TopicRule): Promise<void> {
  const { account_id, rule_name, created_at: _, ...changed } = toRow(rule)
  await db
    .updateTable('topic_rules')
    .set(changed)
    .where('account_id', '=', account_id)
    .where('rule_name', '=', rule_name)
    .execute()
}

export async function deleteTopicRule(db: Db, accountId: string, ruleName: string): Promise<void> {
  await db
    .deleteFrom('topic_rules')
    .where('account_id', '=', accountId)
    .where('rule_name', '=', ruleName)
    .execute()
}

/** By name. An account has so few that they fit in memory. */
export async function listTopicRules(db: Db, accountId: string): Promise<TopicRule[]> {
  const rows = await db
    .selectFrom('topic_rules')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('rule_name')
    .execute()
  return rows.map(fromRow)
}

function toRow(rule: TopicRule): Tables['topic_rules'] {
  return {
    account_id: rule.accountId,
    rule_name: rule.ruleName,
    sql_text: rule.sql,
    sql_version: rule.awsIotSqlVersion,
    topic_pattern: rule.topicPattern ?? null,
    description: rule.description ?? null,
    actions: JSON.stringify(rule.actions),
    error_action: rule.errorAction ? JSON.stringify(rule.errorAction) : null,
    rule_disabled: rule.ruleDisabled ? 1 : 0,
    created_at: rule.createdAt.getTime(),
  }
}

function fromRow(row: Tables['topic_rules']): TopicRule {
  return {
    accountId: row.account_id,
    ruleName: row.rule_name,
    sql: row.sql_text,
    awsIotSqlVersion: row.sql_version,
    ...(row.topic_pattern !== null && { topicPattern: row.topic_pattern }),
    ...(row.description !== null && { description: row.description }),
    actions: JSON.parse(row.actions) as RuleAction[],
    ...(row.error_action !== null && {
      errorAction: JSON.parse(row.error_action) as TopicRule['actions'][0],
    }),
    ruleDisabled: row.rule_disabled === 1,
    createdAt: new Date(row.created_at),
  }
}
