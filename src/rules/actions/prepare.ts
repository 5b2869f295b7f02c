/**
 * The kinds of action that are offered. Others are refused when a rule is made, by their name, and as operations are
 * that are not offered: Terraform makes a rule again and again for two minutes after any InvalidRequestException.
 */
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
 * @throws {AwsError} `InvalidRequestException` that names the place, when the action could never do its work;
 * `NotImplementedException`
 */
export function prepareAction(action: RuleAction, scope: ActionScope): PreparedAction {
  const kind = kindOf(action, scope.place)
  const config = action[kind]
  if (config === undefined) throw new TypeError(`an action of kind ${kind} has its configuration`)
  return (kinds[kind] as Prepare)(config, { ...scope, place: `${scope.place}.${kind}` })
}

/**
 * Refuses, when a rule is made and before anything else about it, a kind that is not here, or whose service the
 * operator has not set up.
 * @throws {AwsError} `NotImplementedException`
 */
export function checkOffered(action: RuleAction, { sqs, s3, credentials }: AwsEndpoints): void {
  for (const kind of kindsIn(action)) if (!Object.hasOwn(kinds, kind)) throw notOffered(kind)
  for (const [kind, endpoint] of [['sqs', sqs] as const, ['s3', s3] as const])
    if (action[kind] && (endpoint === undefined || credentials === undefined))
      throw notOffered(kind, `: this server has no endpoint or no credentials for ${kind}`)
}

const notOffered = (kind: string, why = '') =>
  iotError('NotImplementedException', `the action ${kind} is not offered${why}`)

function kindsIn(action: RuleAction): string[] {
  return Object.entries(action)
    .filter(([, config]) => config !== undefined)
    .map(([name]) => name)
}

function kindOf(action: RuleAction, place: string): Kind {
  const named = kindsIn(action)
  const [kind, ...more] = named
  if (kind === undefined || more.length > 0)
    throw iotError(
      'InvalidRequestException',
      `${place} must have exactly one kind of action; it has ${named.length === 0 ? 'none' : named.join(', ')}`,
    )
  if (Object.hasOwn(kinds, kind)) return kind as Kind
  throw notOffered(kind)
}
