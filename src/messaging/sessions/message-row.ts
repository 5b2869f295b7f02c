/** Messages as columns. */
import type { Message, MessageProperties } from '../../fabric/in-process/index.ts'

type StoredProperties = Omit<MessageProperties, 'correlationData'> & { correlationData?: string }

/** JSON, bytes as base64; null without any. */
export function writeProperties(properties: MessageProperties | undefined): string | null {
  if (!properties) return null
  const { correlationData, ...others } = properties
  return JSON.stringify({
    ...others,
    ...(correlationData && { correlationData: Buffer.from(correlationData).toString('base64') }),
  })
}

export function readProperties(text: string): MessageProperties {
  const { correlationData, ...others } = JSON.parse(text) as StoredProperties
  return {
    ...others,
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData, 'base64') }),
  }
}

/** All but the payload, which is a column of its own. */
export function writeMessage(message: Message): string {
  return JSON.stringify({ ...message, payload: undefined, properties: writeProperties(message.properties) })
}

export function readMessage(text: string, payload: Uint8Array): Message {
  const { properties, ...others } = JSON.parse(text) as Omit<Message, 'payload' | 'properties'> & {
    properties: string | null
  }
  return { ...others, payload, ...(properties !== null && { properties: readProperties(properties) }) }
}
