/** What a new subscriber gets of retained messages. Source: AWS IoT Developer Guide, "MQTT retained messages". */
import { toRetainedDelivery } from '../../data-plane/index.ts'
import { hasWildcard } from '../../lib/topic-filter.ts'
import type { RequestedSubscription } from '../codec/packets.ts'
import type { Client } from '../mqtt/client.ts'
import type { SubscriptionOptions } from '../mqtt/session.ts'
import type { HandlerDeps } from './handler.ts'

/**
 * Retain Handling of MQTT 5.0 3.8.3.1; AWS sends none for a filter with wildcards. Ask before the subscription is
 * made.
 */
export function wantsRetained({ session }: Client, { topic, rh }: RequestedSubscription): boolean {
  if (hasWildcard(topic) || rh === 2) return false
  return rh !== 1 || !session.hasSubscription(topic)
}

/** Delivered as any message is, with the retain flag set. [MQTT-3.3.1-8] */
export function sendRetained(
  client: Client,
  subscriptions: readonly SubscriptionOptions[],
  { messages, now, onBug }: Pick<HandlerDeps, 'messages' | 'now' | 'onBug'>,
): void {
  const { accountId } = client.peer
  const byTopic = new Map(subscriptions.map((options) => [options.filter, options]))
  const send = async () => {
    for (const retained of await messages.findRetained(accountId, [...byTopic.keys()])) {
      const options = byTopic.get(retained.topic)
      const isWanted = options && client.session.hasSubscription(retained.topic) // it may have left meanwhile
      if (!isWanted) continue
      const message = toRetainedDelivery(accountId, retained, now())
      client.deliveries.deliver(message, { ...options, retainAsPublished: true })
    }
  }
  send().catch(onBug)
}
