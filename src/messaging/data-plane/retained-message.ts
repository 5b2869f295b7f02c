/** Retained messages: the last one of a topic, kept for who subscribes later. Source: MQTT 5.0 3.3.1.3. */
import type { Message, MessageProperties } from '../../fabric/in-process/index.ts'

export interface RetainedMessage {
  topic: string
  payload: Uint8Array
  qos: 0 | 1 | 2
  /** Without the expiry, which `expiresAt` stands for. */
  properties?: Omit<MessageProperties, 'messageExpiryInterval'>
  modifiedAt: Date
  expiresAt?: Date
}

export function toRetained({ topic, payload, qos, properties }: Message, now: Date): RetainedMessage {
  const { messageExpiryInterval, ...others } = properties ?? {}
  return {
    topic,
    payload,
    qos,
    ...(Object.keys(others).length > 0 && { properties: others }),
    modifiedAt: now,
    ...(messageExpiryInterval !== undefined && {
      expiresAt: new Date(now.getTime() + messageExpiryInterval * 1000),
    }),
  }
}

export function isExpired({ expiresAt }: Pick<RetainedMessage, 'expiresAt'>, now: Date): boolean {
  return expiresAt !== undefined && expiresAt <= now
}

/** As a new subscriber gets it: what is left of its life is counted down. [MQTT-3.3.2-6] */
export function toMessage(accountId: string, retained: RetainedMessage, now: Date): Message {
  const { topic, payload, qos, expiresAt } = retained
  const leftMs = expiresAt && expiresAt.getTime() - now.getTime()
  const properties = {
    ...retained.properties,
    ...(leftMs !== undefined && { messageExpiryInterval: Math.max(1, Math.ceil(leftMs / 1000)) }),
  }
  const hasProperties = Object.keys(properties).length > 0
  return { accountId, topic, payload, qos, retain: true, ...(hasProperties && { properties }) }
}
