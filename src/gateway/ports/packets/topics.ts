import {
  describeTopicExcess,
  findTopicFault,
  maySubscribeReserved,
} from '../../../messaging/data-plane/index.ts'
import type { MessageProperties } from '../../../fabric/in-process/index.ts'
import { isShared, isTopicFilter, isTopicName, parseSharedFilter } from '../../../lib/topic-filter.ts'
import type { GatewayLimits } from '../limits.ts'
import type { MqttProfile } from '../profile.ts'
import { refusal, type Refusal } from '../refuse.ts'

type TopicLimits = Pick<GatewayLimits, 'maxTopicBytes' | 'maxTopicSlashes'>

/** How much of a topic or filter the journal shows. */
const shown = (name: string): string => name.slice(0, 300)

/** Checks a topic that a device wants to publish to; permissions are asked for elsewhere. */
export function checkTopic(
  message: { topic: string; retain: boolean },
  limits: TopicLimits,
  { reservesDollarTopics }: Pick<MqttProfile, 'reservesDollarTopics'>,
): Refusal | undefined {
  const fault = findTopicFault(message, limits, { reservesAll: reservesDollarTopics })
  if (!fault) return undefined
  const details = { topic: shown(message.topic), error: fault.error }
  if (fault.kind === 'reserved') return refusal('topic-reserved', details)
  return refusal(isTopicName(message.topic) ? 'topic-refused' : 'topic-malformed', details)
}

/** [MQTT-3.3.2-14] */
export function findResponseTopicFault(properties: MessageProperties | undefined): Refusal | undefined {
  const responseTopic = properties?.responseTopic
  if (responseTopic === undefined || isTopicName(responseTopic)) return undefined
  const error = 'a response topic is not empty and holds no wildcard'
  return refusal('response-topic-invalid', { responseTopic: shown(responseTopic), error })
}

/** AWS General Reference: the name of a group of shared subscriptions. */
const maxShareNameBytes = 128

/** Checks a filter that a device wants to subscribe to; permissions are asked for elsewhere. */
export function checkFilter(
  filter: string,
  limits: TopicLimits,
  { reservesDollarTopics }: Pick<MqttProfile, 'reservesDollarTopics'>,
): Refusal | undefined {
  const shared = parseSharedFilter(filter)
  if ((isShared(filter) && !shared) || !isTopicFilter(filter)) {
    const error =
      '+ stands for a whole level and # for the last levels; a shared one is $share/<name>/<filter>'
    return refusal('filter-malformed', { filter: shown(filter), error })
  }
  const matched = shared?.filter ?? filter
  if (reservesDollarTopics && !maySubscribeReserved(matched)) {
    const error = 'devices may not subscribe to this reserved topic'
    return refusal('filter-reserved', { filter: shown(filter), error })
  }
  const error = describeTopicExcess(matched, limits) ?? describeNameExcess(shared?.shareName ?? '')
  return error === undefined ? undefined : refusal('filter-refused', { filter: shown(filter), error })
}

function describeNameExcess(shareName: string): string | undefined {
  const bytes = Buffer.byteLength(shareName)
  if (bytes <= maxShareNameBytes) return undefined
  return `a share name of ${bytes} bytes is above the limit of ${maxShareNameBytes}`
}
