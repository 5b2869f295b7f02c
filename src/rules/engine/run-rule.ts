/** Takes one message through one rule: statement, actions with retries, and the action for errors. */
import { untraced, type Trace } from '../../lib/trace.ts'
import type { Log } from '../../lib/log.ts'
import { ActionFailure } from '../actions/action-failure.ts'
import type { ActionDeps, Execution, PreparedAction, Target } from '../actions/action.ts'
import { evaluateQuery, SqlEvaluationError, type RuleOutput } from '../sql/index.ts'
import type { Work } from './dispatcher.ts'
import { errorPayload } from './error-payload.ts'
import { ruleEvaluation } from './rule-counts.ts'
import { withRetries, type Pause } from './retry.ts'
import { entryOf, logFault, type RuleFault, type RuleLogDeps } from './rule-log.ts'

export interface RunDeps extends RuleLogDeps {
  actions: ActionDeps
  pause: Pause
  log: Log
  /** Told how long one message took through one rule, statement and actions. */
  measure?: ((seconds: number) => void) | undefined
  /** Absent: nobody is told. */
  trace?: Trace | undefined
}

/** Never rejects: what fails is logged and goes to the rule's error action, once for all failures of a message. */
export function runRule(deps: RunDeps, work: Work): Promise<void> {
  const { trace = untraced } = deps
  const { accountId, ruleName } = work.rule.identity
  const attributes = { 'cloud.account.id': accountId, 'muster.rule_name': ruleName }
  return trace({ name: 'rule', attributes }, () => runMeasured(deps, work))
}

async function runMeasured(deps: RunDeps, work: Work): Promise<void> {
  const startedAt = performance.now()
  try {
    const { accountId, ruleName } = work.rule.identity
    const entry = entryOf(accountId, ruleName, work.arrival)
    deps.counts.add(work.rule.identity, 'topicMatch')
    deps.iotLogging.log({ ...entry, level: 'INFO', eventType: 'RuleMatch', status: 'Success' })
    const faults = await runStatement(deps, work)
    if (faults.length > 0) await tellFaults(deps, work, faults)
  } catch (error) {
    // a bug of ours: nobody waits for an answer, so it is only told
    deps.log.error({ error, ruleName: work.rule.identity.ruleName }, 'a rule could not be run')
  }
  deps.measure?.((performance.now() - startedAt) / 1000)
}

async function runStatement(deps: RunDeps, work: Work): Promise<RuleFault[]> {
  const { rule, arrival } = work
  let output: RuleOutput
  try {
    const result = evaluateQuery(rule.query, arrival.message)
    if (!result.matched) return []
    deps.counts.add(rule.identity, 'matched')
    output = result.output
  } catch (error) {
    if (!(error instanceof SqlEvaluationError)) throw error
    const { ruleName: failedResource } = rule.identity
    return [{ failedAction: ruleEvaluation, failedResource, errorMessage: error.message }]
  }
  const execution = {
    rule: rule.identity,
    message: arrival.message,
    hops: arrival.hops,
    output: output.kind === 'json' ? Buffer.from(output.text) : output.bytes,
    isJson: output.kind === 'json' && output.text !== '',
  }
  const outcomes = await Promise.all(
    rule.actions.map((action) => runAction(deps, { work, action, execution })),
  )
  return outcomes.filter((fault) => fault !== undefined)
}

/** Logs failures of one message, and runs the rule's action for errors once for all of them. */
export async function tellFaults(deps: RunDeps, work: Work, faults: readonly RuleFault[]): Promise<void> {
  const { rule, arrival } = work
  for (const fault of faults) logFault(deps, { rule: rule.identity, arrival }, fault)
  if (!rule.errorAction) return
  const output = errorPayload(work, faults)
  const { message, hops } = arrival
  const execution = { rule: rule.identity, message, hops, output, isJson: true }
  const fault = await runAction(deps, { work, action: rule.errorAction, execution })
  if (fault) logFault(deps, { rule: rule.identity, arrival }, { ...fault, isErrorAction: true })
}

interface ActionRun {
  work: Work
  action: PreparedAction
  execution: Execution
}

/** Resolves with what went wrong, if something did. */
async function runAction(
  deps: RunDeps,
  { work, action, execution }: ActionRun,
): Promise<RuleFault | undefined> {
  const { accountId, ruleName } = work.rule.identity
  const entry = { ...entryOf(accountId, ruleName, work.arrival), ruleAction: action.name }
  deps.iotLogging.log({ ...entry, level: 'DEBUG', eventType: 'StartingRuleExecution', status: 'Success' })
  let target: Target | undefined
  try {
    target = action.aim(execution, deps.actions)
    await withRetries(target.deliver, deps.pause)
  } catch (error) {
    const { resource = '', label } = target ?? {}
    const errorMessage = describe(deps, action, error)
    return {
      failedAction: action.name,
      failedResource: resource,
      errorMessage,
      ...(label !== undefined && { label }),
    }
  }
  const isErrorAction = action === work.rule.errorAction
  deps.counts.succeed(work.rule.identity, { action: action.name, isErrorAction })
  const resources = { [target.label]: target.resource }
  deps.iotLogging.log({ ...entry, level: 'INFO', eventType: 'RuleExecution', status: 'Success', resources })
  return undefined
}

function describe({ log }: RunDeps, action: PreparedAction, error: unknown): string {
  if (error instanceof ActionFailure || error instanceof SqlEvaluationError) return error.message
  log.error({ error, action: action.name }, 'a rule action failed unexpectedly')
  return 'the action failed inside the server; its log says how'
}
