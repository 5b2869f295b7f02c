import type { Change, Fabric, Message } from './fabric.ts'
import { TopicTrie } from './topic-trie.ts'

interface Receiver {
  receive: (message: Message) => void
  isActive: boolean
}

/**
 * The fabric of one process. Delivery is synchronous: when `publish` returns, every receiver has been called.
 * A receiver or listener that throws harms nobody else; `onError` hears of it.
 */
export function createLocalFabric(onError: (cause: unknown) => void = throwLater): Fabric {
  const accounts = new Map<string, TopicTrie<Receiver>>()
  const listeners = new Set<(change: Change) => void | Promise<void>>()

  function publish(message: Message): void {
    const receivers = accounts.get(message.accountId)?.match(message.topic) ?? []
    for (const receiver of receivers) {
      if (!receiver.isActive) continue // left while this message was on its way
      try {
        receiver.receive(message)
      } catch (cause) {
        onError(cause)
      }
    }
  }

  function subscribe(accountId: string, filter: string, receive: Receiver['receive']): Disposable {
    let trie = accounts.get(accountId)
    if (!trie) accounts.set(accountId, (trie = new TopicTrie()))
    const receiver = { receive, isActive: true }
    const remove = trie.add(filter, receiver)
    const dispose = () => {
      receiver.isActive = false
      remove()
    }
    return { [Symbol.dispose]: dispose }
  }

  async function announce(...changes: Change[]): Promise<void> {
    const tellAll = changes.flatMap((change) => [...listeners].map(async (listen) => listen(change)))
    for (const told of await Promise.allSettled(tellAll)) if (told.status === 'rejected') onError(told.reason)
  }

  function onChange(listener: (change: Change) => void | Promise<void>): Disposable {
    listeners.add(listener)
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  return { publish, subscribe, announce, onChange }
}

function throwLater(cause: unknown): void {
  queueMicrotask(() => {
    throw cause
  })
}
