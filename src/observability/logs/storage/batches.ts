/** How what is appended becomes a few short transactions. */
import type { InputEvent } from '../events/put.ts'

/** What one part of Muster has to say, in its order. */
export interface LogBatch {
  accountId: string
  logGroupName: string
  logStreamName: string
  events: readonly { timestamp: Date; message: string }[]
}

/** The same, taken over. */
export interface Waiting extends Omit<LogBatch, 'events'> {
  events: InputEvent[]
}

const eventsATransaction = 500

/** Puts together what goes to the same stream, so that a thousand small batches are a few short transactions. */
export function* toTransactions(batches: readonly Waiting[]): Generator<Waiting[]> {
  let parts: Waiting[] = []
  let count = 0
  for (const { events, ...to } of join(batches))
    for (const some of cutUp(events)) {
      if (count + some.length > eventsATransaction) {
        yield parts
        parts = []
        count = 0
      }
      parts.push({ ...to, events: some })
      count += some.length
    }
  if (parts.length > 0) yield parts
}

function join(batches: readonly Waiting[]): Iterable<Waiting> {
  const joined = new Map<string, Waiting>()
  for (const { events, ...to } of batches) {
    const key = `${to.accountId} ${to.logGroupName} ${to.logStreamName}` // only the last may hold spaces
    const known = joined.get(key)
    if (known) for (const event of events) known.events.push(event)
    else joined.set(key, { ...to, events: [...events] })
  }
  return joined.values()
}

export function* cutUp(events: readonly InputEvent[]): Generator<InputEvent[]> {
  for (let start = 0; start < events.length; start += eventsATransaction)
    yield events.slice(start, start + eventsATransaction)
}

export function sum<Item>(items: readonly Item[], toNumber: (item: Item) => number): number {
  return items.reduce((total, item) => total + toNumber(item), 0)
}
