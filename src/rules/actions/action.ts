/** What every kind of action is to the engine: a field-filling step, and a delivery that may fail. */
import type { Fabric } from '../../fabric/in-process/index.ts'
import type { Identities } from '../../access/identities/index.ts'
import type { SqlVersion, Query, RuleMessage } from '../sql/index.ts'
import type { AwsEndpoints } from './aws-endpoints.ts'
import type { SendRequest } from './send-request.ts'

/** Takes the event to a function under the function's own resource policy. Rejects when it may not or cannot. */
export type InvokeFromService = (invocation: {
  accountId: string
  functionArn: string
  payload: Uint8Array
  service: 'iot.amazonaws.com'
  sourceArn: string
  sourceAccount: string
  /** Kept with the event; comes back with its failures. */
  memo: string
}) => Promise<void>

/** Takes events in at once; they are written later. */
export type AppendLogEvents = (append: {
  accountId: string
  logGroupName: string
  logStreamName: string
  events: { timestamp: Date; message: string }[]
}) => void

/** What actions need of the rest of the server. */
export interface ActionDeps {
  fabric: Pick<Fabric, 'publish'>
  functions: { invokeFromService: InvokeFromService }
  identities: Pick<Identities, 'assumeServiceRole' | 'decide'>
  logs: { append: AppendLogEvents }
  /** Whether messages may go to the web service that has this confirmation URL. */
  isDestinationEnabled: (accountId: string, confirmationUrl: string) => Promise<boolean>
  awsEndpoints: AwsEndpoints
  /** To what users of the API name. */
  send: SendRequest
  /** To the operator's services. */
  sendToEndpoint: SendRequest
  region: string
  now: () => Date
}

export interface RuleIdentity {
  accountId: string
  ruleName: string
  ruleArn: string
}

/** One message on its way through one rule. */
export interface Execution {
  rule: RuleIdentity
  /** The message as published. */
  message: RuleMessage
  /** How many rules have republished it already. */
  hops: number
  /** What SELECT made of it. */
  output: Uint8Array
  isJson: boolean
}

/** An action with its fields filled in for one message. */
export interface Target {
  /** AWS's name for the kind of target in a log entry, e.g. `RepublishTopic`. */
  label: string
  /** The target's name or address. */
  resource: string
  /** @throws {ActionFailure} */
  deliver: () => Promise<void>
}

export interface PreparedAction {
  /** As in logs and error messages, e.g. `LambdaAction`. */
  name: string
  roleArn?: string
  /** @throws {SqlEvaluationError} when a field cannot be filled in */
  aim: (execution: Execution, deps: ActionDeps) => Target
}

/** What reading an action's fields depends on. */
export interface ActionScope {
  version: SqlVersion
  /** What SET defines. */
  variables: Query['variables']
  /** Where the action stands, e.g. `actions[0].lambda`. */
  place: string
}
