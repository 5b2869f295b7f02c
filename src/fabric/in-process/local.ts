import { NoRoomError, type Change, type Fabric, type Message, type Receive } from './fabric.ts'
import { TopicTrie } from './topic-trie.ts'

interface Receiver {
  receive: Receive
  isActive: boolean
}

export interface LocalFabricOptions {
  /** Hears of what a receiver or listener threw. */
  onError?: (cause: unknown) => void
  /** True as MQTT says: `a/#` matches `a` too. [MQTT-4.7.1-2] */
  doesHashMatchParent?: boolean
}

/**
 * The fabric of one process. Delivery is synchronous: when `publish` returns, every receiver has been called.
 * A receiver or listener that throws harms nobody else; `onError` hears of it.
 */
export function createLocalFabric(options: LocalFabricOptions = {}): Fabric {
  const { onError = throwLater, doesHashMatchParent = false } = options
  const accounts = new Map<string, TopicTrie<Receiver>>()
  const listeners = new Set<(change: Change) => void | Promise<void>>()

  function publish(message: Message): Promise<void> | undefined {
    const receivers = accounts.get(message.accountId)?.match(message.topic)
    return receivers && hand(message, receivers, onError)
  }

  function subscribe(accountId: string, filter: string, receive: Receive): Disposable {
    let trie = accounts.get(accountId)
    if (!trie) accounts.set(accountId, (trie = new TopicTrie({ doesHashMatchParent })))
    const receiver = { receive, isActive: true }
    const remove = trie.add(filter, receiver)
    const dispose = () => {
      receiver.isActive = false
      remove()
    }
    return { [Symbol.dispose]: dispose }
  }

  const announce = (...changes: Change[]): Promise<void> => tell([...listeners], changes, onError)

  function onChange(listener: (change: Change) => void | Promise<void>): Disposable {
    listeners.add(listener)
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  const hasSubscribers: Fabric['hasSubscribers'] = (id, topic) => accounts.get(id)?.hasMatch(topic) ?? false
  return { publish, hasSubscribers, subscribe, announce, onChange }
}

/** Resolves when all of them are done with all changes. */
async function tell(
  listeners: readonly ((change: Change) => void | Promise<void>)[],
  changes: readonly Change[],
  onError: (cause: unknown) => void,
): Promise<void> {
  const pending: Promise<void>[] = []
  for (const change of changes) {
    for (const listen of listeners) {
      try {
        const told = listen(change)
        if (told instanceof Promise) pending.push(told)
      } catch (cause) {
        onError(cause)
      }
    }
  }
  if (pending.length === 0) return
  for (const told of await Promise.allSettled(pending)) if (told.status === 'rejected') onError(told.reason)
}

function hand(
  message: Message,
  receivers: readonly Receiver[],
  onError: (cause: unknown) => void,
): Promise<void> | undefined {
  let pending: Promise<void>[] | undefined
  for (const receiver of receivers) {
    if (!receiver.isActive) continue // left while this message was on its way
    try {
      const taken = receiver.receive(message)
      // many receivers share one write, and so one promise
      if (taken instanceof Promise && taken !== pending?.at(-1)) (pending ??= []).push(taken)
    } catch (cause) {
      onError(cause)
    }
  }
  if (!pending) return undefined
  const durable = waitForAll(pending)
  durable.catch((cause: unknown) => {
    if (!(cause instanceof NoRoomError)) onError(cause) // whoever published may not wait for it
  })
  return durable
}

/** All of them are awaited, so that no rejection goes unheard. What is broken goes before what is full. */
async function waitForAll(pending: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(pending)
  const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (reasons.length > 0) throw reasons.find((reason) => !(reason instanceof NoRoomError)) ?? reasons[0]
}

function throwLater(cause: unknown): void {
  queueMicrotask(() => {
    throw cause
  })
}
