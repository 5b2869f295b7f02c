import { countSlashes, isTopicFilter, isTopicName } from '../../lib/topic-filter.ts'
import type { GatewayLimits } from '../limits.ts'
import { refusal, type Refusal } from '../refuse.ts'
import { mayPublishReserved, maySubscribeReserved, withoutBasicIngest } from '../reserved-topics.ts'

type TopicLimits = Pick<GatewayLimits, 'maxTopicBytes' | 'maxTopicSlashes'>

/** Checks a topic that a device wants to publish to; permissions are asked for elsewhere. */
export function checkTopic(topic: string, limits: TopicLimits): Refusal | undefined {
  if (!isTopicName(topic)) {
    return refusal('topic-refused', { topic, error: 'a topic is not empty and holds no wildcard and no NUL' })
  }
  if (!mayPublishReserved(topic)) {
    return refusal('topic-reserved', { topic, error: 'devices may not publish to this reserved topic' })
  }
  const error = describeExcess(withoutBasicIngest(topic), limits)
  return error === undefined ? undefined : refusal('topic-refused', { topic: topic.slice(0, 300), error })
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
  const error = describeExcess(filter, limits)
  return error === undefined ? undefined : refusal('filter-refused', { filter: filter.slice(0, 300), error })
}

function describeExcess(topic: string, { maxTopicBytes, maxTopicSlashes }: TopicLimits): string | undefined {
  const bytes = topic.length * 3 <= maxTopicBytes ? topic.length : Buffer.byteLength(topic)
  if (bytes > maxTopicBytes) return `${bytes} bytes are above the limit of ${maxTopicBytes}`
  const slashes = countSlashes(topic)
  return slashes > maxTopicSlashes
    ? `${slashes} slashes are above the limit of ${maxTopicSlashes}`
    : undefined
}
