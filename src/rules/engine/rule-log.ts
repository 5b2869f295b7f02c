/** What the engine tells of its work: AWS's log entries, and the journal. */
import { isCertificateId } from '../../lib/x509.ts'
import type { JournalEntry } from '../../observability/journal/index.ts'
import type { RuleIdentity } from '../actions/action.ts'
import type { Arrival } from './arrival.ts'
import type { Work } from './dispatcher.ts'
import type { RuleCounts } from './rule-counts.ts'

/** Source: AWS IoT Developer Guide, "CloudWatch Logs AWS IoT log entries". */
interface RuleLogEntry {
  accountId: string
  level: 'ERROR' | 'WARN' | 'INFO' | 'DEBUG'
  eventType: 'RuleMatch' | 'StartingRuleExecution' | 'RuleExecution' | 'RuleNotFound' | 'RuleEvaluation'
  status: 'Success' | 'Failure'
  traceId: string
  clientId?: string
  principalId?: string
  sourceIp?: string
  topicName: string
  ruleName: string
  /** As in `LambdaAction`. */
  ruleAction?: string
  /** The target by its kind, e.g. `{ RepublishTopic: 'rules/republish' }`. */
  resources?: Record<string, string>
  reason?: string
  details?: string
}

export type WriteRuleLog = (entry: RuleLogEntry) => void

/** Journal entries of the engine. */
export type RecordRuleEntry = (
  entry: Omit<JournalEntry, 'code'> & { code: 'rule-failed' | 'rule-messages-dropped' | 'function-failed' },
) => void

export interface RuleLogDeps {
  iotLogging: { log: WriteRuleLog }
  record: RecordRuleEntry
  counts: Pick<RuleCounts, 'add' | 'succeed' | 'throttle' | 'fail'>
  now: () => Date
}

/** What went wrong in a rule for one message. */
export interface RuleFault {
  /** AWS's name of the action, or of the step, e.g. `RepublishAction`. */
  failedAction: string
  failedResource: string
  errorMessage: string
  /** The kind of target. */
  label?: string
  /** It was the rule's action for errors. */
  isErrorAction?: boolean
}

export function entryOf(accountId: string, ruleName: string, arrival: Arrival) {
  const { publisher, traceId, message } = arrival
  const { clientId, principal, sourceIp } = publisher
  return {
    accountId,
    traceId,
    topicName: message.topic,
    ruleName,
    ...(clientId !== undefined && { clientId }),
    ...(principal !== undefined && { principalId: principal }),
    ...(sourceIp !== undefined && { sourceIp }),
  }
}

/** Where something happened: a message, and the rule that it was in. */
export interface Occasion {
  rule: Pick<RuleIdentity, 'accountId' | 'ruleName'>
  arrival: Arrival
}

/** Writes a failure where an operator looks: the rule's counts, the log group, and the journal of the device. */
export function logFault(deps: RuleLogDeps, { rule, arrival }: Occasion, fault: RuleFault): void {
  const { failedAction, failedResource, errorMessage, label } = fault
  const { accountId, ruleName } = rule
  deps.counts.fail(rule, fault)
  deps.iotLogging.log({
    ...entryOf(accountId, ruleName, arrival),
    level: 'ERROR',
    eventType: 'RuleExecution',
    status: 'Failure',
    ruleAction: failedAction,
    ...(label !== undefined && { resources: { [label]: failedResource } }),
    reason: 'RuleExecutionFailure',
    details: errorMessage,
  })
  deps.record({
    ...journalSubject(accountId, arrival, deps.now()),
    code: 'rule-failed',
    details: {
      ruleName,
      topic: arrival.message.topic,
      action: failedAction,
      resource: failedResource,
      error: errorMessage,
    },
  })
}

/** Attempts of a function that failed on what a rule gave it. */
export interface FailedAttempt {
  functionName: string
  /** From 1; 0 when the function was never run. */
  attempt: number
  error: string
}

export function logFailedAttempt(
  deps: RuleLogDeps,
  { rule, arrival }: Occasion,
  { functionName, attempt, error }: FailedAttempt,
): void {
  const { accountId, ruleName } = rule
  deps.record({
    ...journalSubject(accountId, arrival, deps.now()),
    code: 'function-failed',
    details: { functionName, attempt, error, ruleName, topic: arrival.message.topic },
  })
}

export function logOverflow(deps: RuleLogDeps, { rule, arrival }: Work, dropped: number): void {
  const { accountId, ruleName } = rule.identity
  deps.counts.throttle(rule.identity, Math.max(dropped - 1, 1)) // the first was told of by itself
  deps.iotLogging.log({
    ...entryOf(accountId, ruleName, arrival),
    level: 'ERROR',
    eventType: 'RuleEvaluation',
    status: 'Failure',
    reason: 'Throttled',
    details: `${dropped} messages were dropped: the rule does not keep up`,
  })
  deps.record({
    ...journalSubject(accountId, arrival, deps.now()),
    code: 'rule-messages-dropped',
    details: { ruleName, topic: arrival.message.topic, dropped },
  })
}

function journalSubject(accountId: string, { publisher }: Arrival, at: Date) {
  const { clientId, principal, sourceIp } = publisher
  return {
    accountId,
    at,
    ...(principal !== undefined && isCertificateId(principal) && { certificateId: principal }),
    ...(clientId !== undefined && { clientId }),
    ...(sourceIp !== undefined && { sourceIp }),
  }
}
