/**
 * What is told of as it happens, as metrics. Source: AWS IoT Developer Guide, "Rule metrics", "Rule action metrics",
 * "Device shadow metrics", "Device provisioning metrics", "Authentication metrics".
 */
import type { CountedMetrics } from './counted-metrics.ts'
import { keyOf } from './metric.ts'

/** Something that a rule did. */
export interface RuleEvent {
  accountId: string
  ruleName: string
  what: 'topicMatch' | 'success' | 'failure' | 'throttled'
  /** As in `LambdaAction`; absent where it is not an action's. */
  action?: string | undefined
  /** Of the action for errors. */
  isErrorAction?: boolean
  count?: number
}

/** A request that was answered. */
interface AnsweredRequest {
  accountId?: string | undefined
  service: string
  operation: string
  /** Of HTTP. */
  status: number
}

/** A decision about a device. */
export interface DeviceDecision {
  accountId: string
  code: string
  caCertificateId?: string
  details?: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

export interface EventMetrics {
  rule: (event: RuleEvent) => void
  request: (request: AnsweredRequest) => void
  shadow: (accountId: string, method: 'get' | 'update' | 'delete', protocol: 'MQTT' | 'HTTP') => void
  /** `eventType`: what AWS's log calls it. */
  decision: (decision: DeviceDecision, eventType: string | undefined) => void
}

/** More than an account may have rules: what is forgotten is made again. */
const maxRuleMetrics = 10_000
const rulesExecuted = keyOf('RulesExecuted')
const shadowMetrics = { get: 'GetThingShadow', update: 'UpdateThingShadow', delete: 'DeleteThingShadow' }

export function countEvents({ count }: Pick<CountedMetrics, 'count'>): EventMetrics {
  const ruleMetrics = new Map<string, string | undefined>()

  /** Asked for each message of a rule. */
  function knownRuleMetric(event: RuleEvent): string | undefined {
    const about = `${event.what} ${event.ruleName} ${event.action} ${event.isErrorAction}`
    if (ruleMetrics.has(about)) return ruleMetrics.get(about)
    if (ruleMetrics.size >= maxRuleMetrics) ruleMetrics.clear()
    const metric = ruleMetric(event)
    ruleMetrics.set(about, metric)
    return metric
  }

  return {
    rule(event) {
      const metric = knownRuleMetric(event)
      if (metric !== undefined) count(event.accountId, metric, event.count)
      if (event.what === 'topicMatch') count(event.accountId, rulesExecuted)
    },
    request({ accountId, service, operation, status }) {
      if (accountId === undefined || service !== 'iot-data' || operation !== 'Publish') return
      const outcome = publishOutcome(status)
      if (outcome !== undefined) count(accountId, keyOf(`PublishIn.${outcome}`, { Protocol: 'HTTP' }))
    },
    shadow(accountId, method, Protocol) {
      count(accountId, keyOf(`${shadowMetrics[method]}.Accepted`, { Protocol }))
    },
    decision(decision, eventType) {
      const metric = decisionMetric(decision, eventType)
      if (metric !== undefined) count(decision.accountId, metric, 1 + notRecorded(decision))
    },
  }
}

function ruleMetric({
  ruleName: RuleName,
  what,
  action,
  isErrorAction = false,
}: RuleEvent): string | undefined {
  if (what === 'topicMatch') return keyOf('TopicMatch', { RuleName })
  if (what === 'throttled') return keyOf('RuleMessageThrottled', { RuleName })
  if (action === undefined) return undefined
  const outcome = what === 'success' ? 'Success' : 'Failure'
  // assumed: the action types; AWS lists none
  const dimensions = { RuleName, ActionType: action.replace(/Action$/, '') }
  return keyOf(isErrorAction ? `ErrorAction${outcome}` : outcome, dimensions)
}

/** AWS counts no denials of messages over HTTP. */
function publishOutcome(status: number): string | undefined {
  if (status < 400) return 'Success'
  if (status === 403) return undefined
  if (status === 429) return 'Throttle'
  return status < 500 ? 'ClientError' : 'ServerError'
}

/** assumed: what just-in-time provisioning refuses is the client's error; AWS counts its own ones apart. */
function decisionMetric(
  { code, caCertificateId, details = {} }: DeviceDecision,
  eventType: string | undefined,
): string | undefined {
  const Protocol = /^http/i.test(String(details['protocol'])) ? 'HTTP' : 'MQTT'
  if (eventType === 'Connection.AuthNError') return keyOf(eventType, { Protocol })
  if (caCertificateId === undefined) return undefined
  if (code === 'provisioned') return keyOf('ProvisionThing.Success')
  return code === 'provisioning-failed' ? keyOf('ProvisionThing.ClientError') : undefined
}

/** Entries of a kind that comes too often are told of by the next one. */
const notRecorded = ({ details }: DeviceDecision): number => Number(details?.['notRecorded'] ?? 0)
