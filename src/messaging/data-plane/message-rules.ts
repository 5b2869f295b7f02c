/**
 * What a message may be, whichever way it comes in.
 * Sources: AWS General Reference, "AWS IoT Core message broker and protocol limits and quotas"; AWS IoT Developer
 * Guide, "MQTT".
 */
import type { MessageProperties, UserProperties } from '../../fabric/in-process/index.ts'
import { countSlashes, isTopicName } from '../../lib/topic-filter.ts'
import {
  isReserved,
  isServers,
  mayPublishReserved,
  uncountedSlashes,
  withoutBasicIngest,
} from './reserved-topics.ts'

export interface MessageLimits {
  maxPayloadBytes: number
  maxTopicBytes: number
  maxTopicSlashes: number
  maxContentTypeBytes: number
  maxCorrelationDataBytes: number
  maxUserPropertyBytes: number
}

const kibibyte = 1024

export const defaultMessageLimits: MessageLimits = {
  maxPayloadBytes: 128 * kibibyte,
  maxTopicBytes: 256,
  maxTopicSlashes: 7,
  maxContentTypeBytes: 256,
  maxCorrelationDataBytes: 8 * kibibyte,
  maxUserPropertyBytes: 8 * kibibyte,
}

/** Seconds of a message's life. AWS General Reference, "message broker and protocol limits": up to seven days. */
export const expiryBounds = { min: 1, max: 604_800 }

/** assumed: AWS moves what is out of its bounds to the nearest one, as it documents for 0. */
export function clampExpiry(seconds: number, { min, max } = expiryBounds): number {
  return Math.min(Math.max(seconds, min), max)
}

/** Why nobody may publish so. `error` is a text for a person. */
export interface TopicFault {
  kind: 'malformed' | 'reserved'
  error: string
}

/** Permissions are asked for elsewhere. `reservesAll`: every topic that begins with `$`, as on AWS. */
export function findTopicFault(
  { topic, retain }: { topic: string; retain: boolean },
  limits: Pick<MessageLimits, 'maxTopicBytes' | 'maxTopicSlashes'>,
  { reservesAll = true }: { reservesAll?: boolean } = {},
): TopicFault | undefined {
  if (!isTopicName(topic))
    return { kind: 'malformed', error: 'a topic is not empty and holds no wildcard and no NUL' }
  const isOurs = reservesAll ? isReserved(topic) : isServers(topic)
  if (isOurs && !mayPublishReserved(topic))
    return { kind: 'reserved', error: 'clients may not publish to this reserved topic' }
  if (retain && isOurs) return { kind: 'reserved', error: 'messages to reserved topics are not retained' }
  const error = describeTopicExcess(withoutBasicIngest(topic), limits)
  return error === undefined ? undefined : { kind: 'malformed', error }
}

/** Says which limit a topic or a filter breaks. */
export function describeTopicExcess(
  topic: string,
  { maxTopicBytes, maxTopicSlashes }: Pick<MessageLimits, 'maxTopicBytes' | 'maxTopicSlashes'>,
): string | undefined {
  const bytes = topic.length * 3 <= maxTopicBytes ? topic.length : Buffer.byteLength(topic)
  if (bytes > maxTopicBytes) return `${bytes} bytes are above the limit of ${maxTopicBytes}`
  const slashes = countSlashes(topic) - uncountedSlashes(topic)
  return slashes > maxTopicSlashes
    ? `${slashes} slashes are above the limit of ${maxTopicSlashes}`
    : undefined
}

/** Says which limit a message breaks. */
export function describeExcess(
  payload: Uint8Array,
  properties: MessageProperties | undefined,
  limits: Omit<MessageLimits, 'maxTopicBytes' | 'maxTopicSlashes'>,
): string | undefined {
  const { contentType = '', correlationData, userProperties } = properties ?? {}
  const sizes = [
    ['payload', payload.length, limits.maxPayloadBytes],
    ['content type', Buffer.byteLength(contentType), limits.maxContentTypeBytes],
    ['correlation data', correlationData?.length ?? 0, limits.maxCorrelationDataBytes],
    ['user properties', userProperties ? userPropertyBytes(userProperties) : 0, limits.maxUserPropertyBytes],
  ] as const
  const excess = sizes.find(([, bytes, limit]) => bytes > limit)
  return excess && `the ${excess[0]} of ${excess[1]} bytes is above the limit of ${excess[2]}`
}

function userPropertyBytes(properties: UserProperties): number {
  let bytes = 0
  for (const [name, value] of properties) bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
  return bytes
}
