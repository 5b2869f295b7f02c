import { describe, expect, it } from 'vitest'
import { countEvents, type DeviceDecision, type RuleEvent } from './event-metrics.ts'
import { keyOf, parseKey } from './metric.ts'
import { trafficTotals, type BrokerTraffic } from './traffic-metrics.ts'

const accountId = '123456789012'

/** What was counted, as `name dimension=value: count`. */
function heard(tell: (events: ReturnType<typeof countEvents>) => void): string[] {
  const counts: string[] = []
  const count = (_: string, metric: string, many = 1) => {
    const { name, dimensions } = parseKey(metric)
    const words = [name, ...dimensions.map(({ Name, Value }) => `${Name}=${Value}`)]
    counts.push(`${words.join(' ')}: ${many}`)
  }
  tell(countEvents({ count }))
  return counts
}

const rule = { accountId, ruleName: 'hot' }

describe('a rule', () => {
  it.each<[string, RuleEvent, string[]]>([
    ['a message', { ...rule, what: 'topicMatch' }, ['TopicMatch RuleName=hot: 1', 'RulesExecuted: 1']],
    [
      'an action that did its work',
      { ...rule, what: 'success', action: 'LambdaAction' },
      ['Success ActionType=Lambda RuleName=hot: 1'],
    ],
    [
      'one that did not',
      { ...rule, what: 'failure', action: 'RepublishAction' },
      ['Failure ActionType=Republish RuleName=hot: 1'],
    ],
    [
      'an action for errors',
      { ...rule, what: 'success', action: 'S3Action', isErrorAction: true },
      ['ErrorActionSuccess ActionType=S3 RuleName=hot: 1'],
    ],
    [
      'an action for errors that failed',
      { ...rule, what: 'failure', action: 'S3Action', isErrorAction: true },
      ['ErrorActionFailure ActionType=S3 RuleName=hot: 1'],
    ],
    [
      'messages without room',
      { ...rule, what: 'throttled', count: 7 },
      ['RuleMessageThrottled RuleName=hot: 7'],
    ],
    ['a statement that failed is no action', { ...rule, what: 'failure' }, []],
  ])('counts %s', (_, event, counts) => {
    expect(heard(({ rule }) => rule(event))).toEqual(counts)
  })
})

describe('a request', () => {
  const publish = { accountId, service: 'iot-data', operation: 'Publish' }

  it.each<[number, string[]]>([
    [200, ['PublishIn.Success Protocol=HTTP: 1']],
    [400, ['PublishIn.ClientError Protocol=HTTP: 1']],
    [413, ['PublishIn.ClientError Protocol=HTTP: 1']],
    [429, ['PublishIn.Throttle Protocol=HTTP: 1']],
    [500, ['PublishIn.ServerError Protocol=HTTP: 1']],
    [403, []], // AWS has no such metric of HTTP
  ])('to publish that is answered %s', (status, counts) => {
    expect(heard(({ request }) => request({ ...publish, status }))).toEqual(counts)
  })

  it.each([
    { ...publish, operation: 'GetRetainedMessage' },
    { ...publish, service: 'iot' },
    { ...publish, accountId: undefined },
  ])('that is none counts nothing: %j', (other) => {
    expect(heard(({ request }) => request({ ...other, status: 200 }))).toEqual([])
  })
})

it.each([
  ['get', 'MQTT', 'GetThingShadow.Accepted Protocol=MQTT: 1'],
  ['update', 'HTTP', 'UpdateThingShadow.Accepted Protocol=HTTP: 1'],
  ['delete', 'MQTT', 'DeleteThingShadow.Accepted Protocol=MQTT: 1'],
] as const)('a shadow that was asked for by %s over %s', (method, protocol, counted) => {
  expect(heard(({ shadow }) => shadow(accountId, method, protocol))).toEqual([counted])
})

describe('a decision', () => {
  const authN = 'Connection.AuthNError'
  const decide = (changes: Partial<DeviceDecision>, eventType?: string) =>
    heard(({ decision }) => decision({ accountId, code: 'connected', ...changes }, eventType))

  it('about who it is counts over MQTT and HTTPS, with those that were not recorded', () => {
    expect(decide({ code: 'ca-unknown', details: { protocol: 'MQTT 5' } }, authN)).toEqual([
      `${authN} Protocol=MQTT: 1`,
    ])
    expect(
      decide({ code: 'no-certificate', details: { protocol: 'HTTPS', notRecorded: 30 } }, authN),
    ).toEqual([`${authN} Protocol=HTTP: 31`])
  })

  it('about just-in-time provisioning counts, that about claims and others does not', () => {
    expect(decide({ code: 'provisioned', caCertificateId: 'c' })).toEqual(['ProvisionThing.Success: 1'])
    expect(decide({ code: 'provisioning-failed', caCertificateId: 'c' })).toEqual([
      'ProvisionThing.ClientError: 1',
    ])
    expect(decide({ code: 'provisioned' })).toEqual([])
    expect(decide({ code: 'certificate-registered', caCertificateId: 'c' })).toEqual([])
    expect(decide({}, 'Connect')).toEqual([])
  })
})

describe('the message broker', () => {
  const none: BrokerTraffic = {
    connects: 0,
    messagesReceived: 0,
    retainedReceived: 0,
    messagesThrottled: 0,
    messagesSent: 0,
    messagesWithheld: 0,
    subscribes: 0,
    unsubscribes: 0,
    pings: 0,
    refused: new Map(),
  }
  const totals = (traffic: Partial<BrokerTraffic>) =>
    [...trafficTotals(new Map([[accountId, { ...none, ...traffic }]]))]
      .filter(({ total }) => total > 0)
      .map(({ metric, total }) => [metric, total])

  const mqtt = (name: string) => keyOf(name, { Protocol: 'MQTT' })

  it.each<[string, keyof Omit<BrokerTraffic, 'refused'>]>([
    ['Connect.Success', 'connects'],
    ['PublishIn.Success', 'messagesReceived'],
    ['PublishRetained.Success', 'retainedReceived'],
    ['PublishIn.Throttle', 'messagesThrottled'],
    ['PublishOut.Success', 'messagesSent'],
    ['PublishOut.AuthError', 'messagesWithheld'],
    ['Subscribe.Success', 'subscribes'],
    ['Unsubscribe.Success', 'unsubscribes'],
    ['Ping.Success', 'pings'],
  ])('%s is %s', (name, what) => {
    expect(totals({ [what]: 4 })).toEqual([[mqtt(name), 4]])
  })

  it('adds up refusals that AWS counts together, and leaves out those that it does not count', () => {
    const refused = new Map([
      ['connect-denied', 1],
      ['will-denied', 2],
      ['publish-denied', 3],
      ['filter-refused', 4],
      ['not-admitted', 5], // told of by the decision about it
      ['qos-unsupported', 6], // of PUBLISH or of SUBSCRIBE
    ])
    expect(totals({ refused })).toEqual([
      [mqtt('Connect.AuthError'), 3],
      [mqtt('PublishIn.AuthError'), 3],
      [mqtt('Subscribe.ClientError'), 4],
    ])
  })
})
