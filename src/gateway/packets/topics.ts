import { describeTopicExcess, findTopicFault, maySubscribeReserved } from '../../data-plane/index.ts'
import { isTopicFilter } from '../../lib/topic-filter.ts'
import type { GatewayLimits } from '../limits.ts'
import { refusal, type Refusal } from '../refuse.ts'

type TopicLimits = Pick<GatewayLimits, 'maxTopicBytes' | 'maxTopicSlashes'>

/** Checks a topic that a device wants to publish to; permissions are asked for elsewhere. */
export function checkTopic(
  message: { topic: string; retain: boolean },
  limits: TopicLimits,
): Refusal | undefined {
  const fault = findTopicFault(message, limits)
  if (!fault) return undefined
  const { kind, error } = fault
  return refusal(kind === 'reserved' ? 'topic-reserved' : 'topic-refused', {
    topic: message.topic.slice(0, 300),
    error,
  })
}

/** Checks a filter that a device wants to subscribe to; permissions are asked for elsewhere. */
export function checkFilter(filter: string, limits: TopicLimits): Refusal | undefined {
  if (!isTopicFilter(filter)) {
    return refusal('filter-refused', {
      filter,
      error: '+ stands for a whole level and # for the last levels',
    })
  }
  if (filter.startsWith('$share/')) {
    return refusal('shared-unsupported', { filter, error: 'shared subscriptions are not offered' })
  }
  if (!maySubscribeReserved(filter)) {
    return refusal('filter-reserved', { filter, error: 'devices may not subscribe to this reserved topic' })
  }
  const error = describeTopicExcess(filter, limits)
  return error === undefined ? undefined : refusal('filter-refused', { filter: filter.slice(0, 300), error })
}
