/** What a new subscriber gets of retained messages. Source: AWS IoT Developer Guide, "MQTT retained messages". */
import { toRetainedDelivery } from '../../data-plane/index.ts'
import { hasWildcard, isShared, matchesTopicFilter } from '../../lib/topic-filter.ts'
import type { RequestedSubscription } from '../codec/packets.ts'
import type { Client } from '../mqtt/client.ts'
import type { SubscriptionOptions } from '../../sessions/index.ts'
import type { MqttProfile } from '../profile.ts'
import type { HandlerDeps } from './handler.ts'

/**
 * Retain Handling of MQTT 5.0 3.8.3.1; AWS sends none for a filter with wildcards. Ask before the subscription is
 * made.
 */
export function wantsRetained(
  { session }: Client,
  { topic, rh }: RequestedSubscription,
  { sendsRetainedForWildcards }: Pick<MqttProfile, 'sendsRetainedForWildcards'>,
): boolean {
  if (isShared(topic) || rh === 2) return false // [MQTT-3.8.3-4]
  if (hasWildcard(topic) && !sendsRetainedForWildcards) return false
  return rh !== 1 || !session.hasSubscription(topic)
}

/** Delivered as any message is, with the retain flag set. [MQTT-3.3.1-8] */
export function sendRetained(
  client: Client,
  subscriptions: readonly SubscriptionOptions[],
  { messages, profile, now, onBug }: Pick<HandlerDeps, 'messages' | 'profile' | 'now' | 'onBug'>,
): void {
  const { accountId } = client.peer
  const filters = subscriptions.map(({ filter }) => filter)
  const send = async () => {
    for (const retained of await messages.findRetained(accountId, filters, profile)) {
      const message = toRetainedDelivery(accountId, retained, now())
      for (const options of subscriptions) {
        const isWanted = client.session.hasSubscription(options.filter) // it may have left meanwhile
        if (!isWanted || !matchesTopicFilter(options.filter, retained.topic, profile)) continue
        client.session.deliver(message, { ...options, retainAsPublished: true })
      }
    }
  }
  send().catch(onBug)
}
