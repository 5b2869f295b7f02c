/** MQTT 5 properties that a rule gives a message. Source: AWS IoT API Reference, "MqttHeaders". */
import type { MqttHeaders } from '@aws-sdk/client-iot'
import { iotError } from '../../api/aws/errors.ts'
import type { MessageProperties, UserProperties } from '../../fabric/in-process/index.ts'
import { SqlEvaluationError, type RuleMessage } from '../sql/index.ts'
import type { ActionScope } from './action.ts'
import { parseField, type Field } from './field.ts'

type HeaderName = Exclude<keyof MqttHeaders, 'userProperties'>
type Read = (text: string) => Partial<MessageProperties>

/** Four bytes in the packet. [MQTT-3.3.2.3.3] */
const maxExpirySeconds = 0xffff_ffff

const readers: Readonly<Record<HeaderName, Read>> = {
  payloadFormatIndicator: (text) => {
    if (text !== 'UTF8_DATA' && text !== 'UNSPECIFIED_BYTES')
      throw new RangeError('must be UTF8_DATA or UNSPECIFIED_BYTES')
    return { payloadFormatIndicator: text === 'UTF8_DATA' }
  },
  contentType: (contentType) => ({ contentType }),
  responseTopic: (responseTopic) => ({ responseTopic }),
  correlationData: (text) => {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new RangeError('must be base64')
    return { correlationData: Buffer.from(text, 'base64') }
  },
  messageExpiry: (text) => {
    const messageExpiryInterval = /^\d{1,10}$/.test(text) ? Number(text) : Infinity
    if (messageExpiryInterval > maxExpirySeconds)
      throw new RangeError(`must be a whole number of seconds up to ${maxExpirySeconds}`)
    return { messageExpiryInterval }
  },
}
const headerNames = Object.keys(readers) as HeaderName[]

/**
 * Gives back what fills them in for a message.
 * @throws {AwsError} `InvalidRequestException` for a value that could never be one
 */
export function prepareHeaders(
  headers: MqttHeaders,
  scope: ActionScope,
): (message: RuleMessage) => MessageProperties {
  const fields: [HeaderName, Field][] = []
  for (const name of headerNames) {
    const text = headers[name]
    if (text === undefined) continue
    const field = parseField(text, `headers.${name}`, scope)
    if (field.literal !== undefined) checkLiteral(name, field.literal, scope)
    fields.push([name, field])
  }
  const user = (headers.userProperties ?? []).map(({ key = '', value = '' }) => ({
    key: parseField(key, 'headers.userProperties.key', scope),
    value: parseField(value, 'headers.userProperties.value', scope),
  }))
  return (message) => ({
    ...Object.assign({}, ...fields.map(([name, field]) => readHeader(name, field.fill(message)))),
    ...(user.length > 0 && { userProperties: fillUserProperties(user, message) }),
  })
}

function checkLiteral(name: HeaderName, text: string, { place }: ActionScope): void {
  try {
    readers[name](text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw iotError('InvalidRequestException', `${place}.headers.${name} ${error.message}; it is "${text}"`)
  }
}

function readHeader(name: HeaderName, text: string): Partial<MessageProperties> {
  try {
    return readers[name](text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new SqlEvaluationError(
      'failed',
      `headers.${name} ${error.message}; it became "${text.slice(0, 100)}"`,
    )
  }
}

function fillUserProperties(
  user: readonly { key: Field; value: Field }[],
  message: RuleMessage,
): UserProperties {
  return user.map(({ key, value }) => [key.fill(message), value.fill(message)])
}
