/** What the message broker counts, as metrics. Source: AWS IoT Developer Guide, "Message broker metrics". */
import type { Total } from './counted-metrics.ts'
import { keyOf } from './metric.ts'

/** Of one account, since the start. */
export interface BrokerTraffic {
  connects: number
  messagesReceived: number
  retainedReceived: number
  messagesThrottled: number
  messagesSent: number
  messagesWithheld: number
  subscribes: number
  unsubscribes: number
  pings: number
  /** By reason. */
  refused: ReadonlyMap<string, number>
}

const mqtt = { Protocol: 'MQTT' }
const ofMqtt = (name: string) => keyOf(name, mqtt)

const counted: readonly [what: Exclude<keyof BrokerTraffic, 'refused'>, metric: string][] = [
  ['connects', ofMqtt('Connect.Success')],
  ['messagesReceived', ofMqtt('PublishIn.Success')],
  ['retainedReceived', ofMqtt('PublishRetained.Success')],
  ['messagesThrottled', ofMqtt('PublishIn.Throttle')],
  ['messagesSent', ofMqtt('PublishOut.Success')],
  ['messagesWithheld', ofMqtt('PublishOut.AuthError')],
  ['subscribes', ofMqtt('Subscribe.Success')],
  ['unsubscribes', ofMqtt('Unsubscribe.Success')],
  ['pings', ofMqtt('Ping.Success')],
]

/** By the reasons of the gateway's refusals. What is not here AWS has no metric for, or it may be one of several. */
const refusedAs: Readonly<Record<string, string>> = {
  'connect-denied': ofMqtt('Connect.AuthError'),
  'will-denied': ofMqtt('Connect.AuthError'),
  'connect-throttled': ofMqtt('Connect.Throttle'),
  'protocol-version-unsupported': ofMqtt('Connect.ClientError'),
  'authentication-unsupported': ofMqtt('Connect.ClientError'),
  'client-id-refused': ofMqtt('Connect.ClientError'),
  'will-topic-refused': ofMqtt('Connect.ClientError'),
  'will-qos-unsupported': ofMqtt('Connect.ClientError'),
  'will-too-large': ofMqtt('Connect.ClientError'),
  'publish-denied': ofMqtt('PublishIn.AuthError'),
  'topic-reserved': ofMqtt('PublishIn.AuthError'),
  'topic-malformed': ofMqtt('PublishIn.ClientError'),
  'topic-refused': ofMqtt('PublishIn.ClientError'),
  'message-too-large': ofMqtt('PublishIn.ClientError'),
  'response-topic-invalid': ofMqtt('PublishIn.ClientError'),
  'receive-maximum-exceeded': ofMqtt('PublishIn.ClientError'),
  'topic-alias-invalid': ofMqtt('PublishIn.ClientError'),
  'retained-limit': ofMqtt('PublishRetained.ClientError'),
  'subscribe-denied': ofMqtt('Subscribe.AuthError'),
  'filter-reserved': ofMqtt('Subscribe.AuthError'),
  'filter-malformed': ofMqtt('Subscribe.ClientError'),
  'filter-refused': ofMqtt('Subscribe.ClientError'),
  'too-many-filters': ofMqtt('Subscribe.ClientError'),
  'too-many-subscriptions': ofMqtt('Subscribe.ClientError'),
  'subscription-identifier-unsupported': ofMqtt('Subscribe.ClientError'),
}

export function* trafficTotals(accounts: ReadonlyMap<string, BrokerTraffic>): Iterable<Total> {
  for (const [accountId, traffic] of accounts) {
    for (const [what, metric] of counted) yield { accountId, metric, total: traffic[what] }
    for (const [metric, total] of refusals(traffic)) yield { accountId, metric, total }
  }
}

/** Several reasons are one metric. */
function refusals({ refused }: BrokerTraffic): ReadonlyMap<string, number> {
  const totals = new Map<string, number>()
  for (const [reason, count] of refused) {
    const metric = refusedAs[reason]
    if (metric !== undefined) totals.set(metric, (totals.get(metric) ?? 0) + count)
  }
  return totals
}
