/** An HTTP publish request as a message. Source: AWS IoT API Reference, "Publish". */
import type { PublishCommandInput } from '@aws-sdk/client-iot-data-plane'
import type { MessageProperties, UserProperties } from '../../fabric/in-process/index.ts'
import { isTopicName } from '../../lib/topic-filter.ts'
import { dataPlaneError } from './data-plane-error.ts'
import { clampExpiry } from './message-rules.ts'

/** The SDK's type of a payload is that of what a client may give; here it is bytes. */
export type PublishInput = Omit<PublishCommandInput, 'payload'> & { payload?: unknown }

/** What came with the payload; `undefined` without any. @throws {AwsError} `InvalidRequestException` */
export function readProperties(input: Omit<PublishInput, 'payload'>): MessageProperties | undefined {
  const { contentType, responseTopic, correlationData, messageExpiry } = input
  const { payloadFormatIndicator, userProperties } = input
  const properties: MessageProperties = {
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic: checkResponseTopic(responseTopic) }),
    ...(correlationData !== undefined && { correlationData: readBase64(correlationData) }),
    ...(payloadFormatIndicator !== undefined && {
      payloadFormatIndicator: payloadFormatIndicator === 'UTF8_DATA',
    }),
    ...(messageExpiry !== undefined && { messageExpiryInterval: readExpiry(messageExpiry) }),
    ...(userProperties !== undefined && { userProperties: readUserProperties(String(userProperties)) }),
  }
  return Object.keys(properties).length > 0 ? properties : undefined
}

function checkResponseTopic(responseTopic: string): string {
  if (isTopicName(responseTopic)) return responseTopic
  throw dataPlaneError('InvalidRequestException', 'responseTopic must be a topic without wildcards')
}

function readBase64(text: string): Uint8Array {
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  throw dataPlaneError('InvalidRequestException', 'correlationData must be base64')
}

function readExpiry(seconds: number): number {
  if (seconds >= 0) return clampExpiry(seconds)
  throw dataPlaneError('InvalidRequestException', `messageExpiry must not be negative; it is ${seconds}`)
}

/** JSON text: a list of objects, each member one property; a name may come again. */
function readUserProperties(text: string): UserProperties {
  const refusal = dataPlaneError(
    'InvalidRequestException',
    'userProperties must be a JSON list of objects with text values, e.g. [{"deviceName": "alpha"}]',
  )
  const list = parseJson(text)
  if (!Array.isArray(list)) throw refusal
  const properties: [string, string][] = []
  for (const item of list as unknown[]) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw refusal
    for (const [name, value] of Object.entries(item)) {
      if (typeof value !== 'string') throw refusal
      properties.push([name, value])
    }
  }
  return properties
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not a list, which is what the caller is told
  }
}

/** The reverse: JSON text as AWS shows it. */
export function writeUserProperties(properties: UserProperties): string {
  return JSON.stringify(properties.map(([name, value]) => ({ [name]: value })))
}
