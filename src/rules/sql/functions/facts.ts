/** What is known about the message besides its payload. Source: AWS IoT Developer Guide, "Functions". */
import { intOf, toDouble } from '../values/decimal.ts'
import { toIntBelow } from '../values/convert.ts'
import type { Value } from '../values/value.ts'
import type { Call, SqlFunction, SqlFunctions } from './function.ts'

const fact = (run: (call: Call) => Value): SqlFunction => ({ args: [0, 0], run: (_, call) => run(call) })

const basicIngest = /^\$aws\/rules\/[^/]+\//

/** Without the part that only names the rule. */
function topic([segment]: readonly Value[], call: Call, count: number): Value {
  const whole = call.topic.replace(basicIngest, '')
  if (count === 0) return whole
  const number = toIntBelow(segment)
  return number && whole.split('/')[toDouble(number) - 1]
}

function userProperties([key]: readonly Value[], { context, budget }: Call, count: number): Value {
  const properties = context.properties?.userProperties ?? []
  budget.spendItems(properties.length)
  if (count === 0) return properties.map(([name, value]) => new Map([[name, value]]))
  const found = properties.filter(([name]) => name === key).map(([, value]) => value)
  return found.length === 0 ? undefined : found
}

function mqttProperty([name]: readonly Value[], { context: { properties } }: Call): Value {
  const { correlationData, payloadFormatIndicator, contentType, responseTopic } = properties ?? {}
  if (name === 'format_indicator') return payloadFormatIndicator ? 'UTF8_DATA' : 'UNSPECIFIED_BYTES'
  if (name === 'content_type') return contentType
  if (name === 'response_topic') return responseTopic
  if (name !== 'correlation_data') return undefined
  return correlationData && Buffer.from(correlationData).toString('base64')
}

export const facts: SqlFunctions = {
  accountid: fact(({ context }) => context.accountId),
  clientid: fact(({ context }) => context.clientId ?? 'n/a'),
  get_mqtt_property: { args: [1, 1], run: mqttProperty },
  get_user_properties: { args: [0, 1], run: (args, call) => userProperties(args, call, args.length) },
  newuuid: fact(({ context }) => context.uuid()),
  principal: fact(({ context }) => context.principal),
  sourceip: { ...fact(({ context }) => context.sourceIp), isNewer: true },
  sql_version: fact(({ version }) => version),
  timestamp: fact(({ context }) => intOf(context.now.getTime())),
  topic: { args: [0, 1], run: (args, call) => topic(args, call, args.length) },
  traceid: fact(({ context }) => context.traceId),
}
