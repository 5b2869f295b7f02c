import { iotError } from '../api/aws/errors.ts'
import type { PreparedAction } from './actions/action.ts'
import { prepareAction } from './actions/prepare.ts'
import { parseSql, SqlParseError, topicFilterOf, type Query } from './sql/index.ts'
import type { TopicRule } from './topic-rule.ts'

/** A rule in the form that runs: statement and fields are parsed. */
export interface PreparedRule {
  query: Query
  topicFilter?: string
  actions: PreparedAction[]
  errorAction?: PreparedAction
}

type Statement = Pick<TopicRule, 'sql' | 'awsIotSqlVersion' | 'actions' | 'errorAction'>

/**
 * Reads a rule, the same way when it is made and when it is loaded: what is stored can run.
 * @throws {AwsError} `SqlParseException` with line and column, `InvalidRequestException` with the action's place,
 * `NotImplementedException` for an action that is not offered
 */
export function prepareRule({ sql, awsIotSqlVersion, actions, errorAction }: Statement): PreparedRule {
  const query = parseStatement(sql, awsIotSqlVersion)
  const topicFilter = topicFilterOf(query)
  // in the action that runs on errors the message is the one that was published, so SET holds there too
  const scope = { version: awsIotSqlVersion, variables: query.variables }
  return {
    query,
    ...(topicFilter !== undefined && { topicFilter }),
    actions: actions.map((action, index) => prepareAction(action, { ...scope, place: `actions[${index}]` })),
    ...(errorAction && { errorAction: prepareAction(errorAction, { ...scope, place: 'errorAction' }) }),
  }
}

/** @throws {AwsError} `SqlParseException` with line and column */
export function parseStatement(sql: string, version: TopicRule['awsIotSqlVersion']): Query {
  try {
    return parseSql(sql, version)
  } catch (error) {
    if (error instanceof SqlParseError) throw iotError('SqlParseException', error.message)
    throw error
  }
}
