/** What a new subscriber gets of retained messages. Source: AWS IoT Developer Guide, "MQTT retained messages". */
import { setTimeout as wait } from 'node:timers/promises'
import { chunksOf } from '../../../lib/chunks.ts'
import { inPieces } from '../../../lib/turn-of-others.ts'
import { toRetainedDelivery, type RetainedMessage } from '../../../messaging/data-plane/index.ts'
import { hasWildcard, isShared, matchesTopicFilter } from '../../../lib/topic-filter.ts'
import type { RequestedSubscription } from '../codec/packets.ts'
import type { Client } from '../mqtt/client.ts'
import type { SubscriptionOptions } from '../../../messaging/sessions/index.ts'
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

/** As many are read from the disk at once. */
const pageSize = 100

/** How soon a client that had no room for more is looked at again. */
const waitMs = 20

/** Delivered as any message is, with the retain flag set [MQTT-3.3.1-8], at the pace of the client. */
export function sendRetained(
  client: Client,
  subscriptions: readonly SubscriptionOptions[],
  { messages, profile, now, onBug }: Pick<HandlerDeps, 'messages' | 'profile' | 'now' | 'onBug'>,
): void {
  const { session } = client
  const { accountId } = client.peer
  const filters = subscriptions.map(({ filter }) => filter)

  async function send(): Promise<void> {
    const topics = messages.matchRetained(accountId, filters, profile)
    const pause = inPieces()
    for (const some of chunksOf(topics, pageSize)) {
      await pause() // and never between what was found and its delivery: it might be replaced meanwhile
      for (const retained of await messages.findRetained(accountId, some)) {
        while (!session.canTake && session.isConnected) await wait(waitMs)
        deliver(retained)
      }
    }
  }

  function deliver(retained: RetainedMessage): void {
    const message = toRetainedDelivery(accountId, retained, now())
    for (const options of subscriptions) {
      const isWanted = session.hasSubscription(options.filter) // it may have left meanwhile
      if (!isWanted || !matchesTopicFilter(options.filter, retained.topic, profile)) continue
      session.deliver(message, { ...options, retainAsPublished: true })
    }
  }

  send().catch(onBug)
}
