/** The kinds of action that are offered. Others are refused when a rule is made, by their name. */
import { iotError } from '../../api/aws/errors.ts'
import type { RuleAction } from '../topic-rule.ts'
import type { ActionScope, PreparedAction } from './action.ts'
import type { AwsEndpoints } from './aws-endpoints.ts'
import { prepareCloudwatchLogs } from './cloudwatch-logs.ts'
import { prepareHttp } from './http.ts'
import { prepareLambda } from './lambda.ts'
import { prepareRepublish } from './republish.ts'
import { prepareS3 } from './s3.ts'
import { prepareSqs } from './sqs.ts'

const kinds = {
  cloudwatchLogs: prepareCloudwatchLogs,
  http: prepareHttp,
  lambda: prepareLambda,
  republish: prepareRepublish,
  s3: prepareS3,
  sqs: prepareSqs,
} as const satisfies Record<keyof RuleAction, unknown>

type Kind = keyof RuleAction
type Prepare = (config: object, scope: ActionScope) => PreparedAction

/**
 * Reads an action's fields.
 * @throws {AwsError} `InvalidRequestException` that names the place, when the action could never do its work
 */
export function prepareAction(action: RuleAction, scope: ActionScope): PreparedAction {
  const kind = kindOf(action, scope.place)
  const config = action[kind]
  if (config === undefined) throw new TypeError(`an action of kind ${kind} has its configuration`)
  return (kinds[kind] as Prepare)(config, { ...scope, place: `${scope.place}.${kind}` })
}

/**
 * Refuses, when a rule is made, an action whose service the operator has not set up.
 * @throws {AwsError} `InvalidRequestException`
 */
export function checkEndpoint(action: RuleAction, { sqs, s3, credentials }: AwsEndpoints): void {
  for (const [kind, endpoint] of [['sqs', sqs] as const, ['s3', s3] as const])
    if (action[kind] && (endpoint === undefined || credentials === undefined))
      throw iotError(
        'InvalidRequestException',
        `the action ${kind} is not offered: this server has no endpoint or no credentials for ${kind}`,
      )
}

function kindOf(action: RuleAction, place: string): Kind {
  const named = Object.entries(action)
    .filter(([, config]) => config !== undefined)
    .map(([name]) => name)
  const [kind, ...more] = named
  if (kind === undefined || more.length > 0)
    throw iotError(
      'InvalidRequestException',
      `${place} must have exactly one kind of action; it has ${named.length === 0 ? 'none' : named.join(', ')}`,
    )
  if (Object.hasOwn(kinds, kind)) return kind as Kind
  throw iotError('InvalidRequestException', `the action ${kind} is not offered`)
}
