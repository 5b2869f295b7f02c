import type { Store } from '../../store/index.ts'
import { deleteExpired, type RetainedTopic } from './store.ts'

/** In one transaction: others wait behind it, and have their turn before the next. */
const messagesAtOnce = 100

/** Deletes all retained messages that have expired; `onForgotten` hears of those of each transaction once it is durable. */
export async function forgetExpired(
  store: Pick<Store, 'transact'>,
  now: Date,
  onForgotten: (topics: readonly RetainedTopic[]) => void = () => {},
): Promise<void> {
  for (;;) {
    const forgotten = await store.transact((db) => deleteExpired(db, { now, limit: messagesAtOnce }))
    onForgotten(forgotten)
    if (forgotten.length < messagesAtOnce) return
  }
}
