/**
 * Keeps storage bounded: removes what has expired, what is beyond the bounds, and what deleted groups and streams
 * held. Each transaction is short, so that nobody waits behind a big one.
 */
import type { Db, Store } from '../../../store/index.ts'
import { countEvents, listEvents, removeEvents, totalBytes, type EventRange } from '../events/store.ts'
import {
  deleteOldestStreams,
  findExcess,
  listCrowdedGroups,
  listDeletedGroups,
  listDeletedStreams,
  listGroupsToPrune,
  removeGroupRows,
  removeStreamRow,
} from './prune-store.ts'
import { countExcess, type Excess, type StorageBounds } from './storage-bounds.ts'

const eventsATransaction = 200

interface PruneOptions {
  bounds: StorageBounds
  now: Date
  /** Ends the work early; the next call goes on. */
  signal: AbortSignal
}

export async function pruneLogs(store: Store, { bounds, now, signal }: PruneOptions): Promise<void> {
  const remove = async (of: Owner, findExcessNow: (db: Db) => Promise<Excess>): Promise<void> => {
    for (let removed = eventsATransaction; removed === eventsATransaction;) {
      if (signal.aborted) return
      removed = await store.transact(async (db) => removeExcess(db, of, await findExcessNow(db)))
    }
  }
  for (const group of await listCrowdedGroups(store.read, bounds))
    await store.transact((db) => deleteOldestStreams(db, group))
  for (const group of await listGroupsToPrune(store.read, bounds))
    await remove(group, (db) => findExcess(db, { group, bounds, now }))
  for (const stream of await listDeletedStreams(store.read)) {
    await remove(stream, async () => everything)
    if (!signal.aborted) await store.transact((db) => removeStreamRow(db, stream))
  }
  for (const group of await listDeletedGroups(store.read)) {
    await remove(group, async () => everything)
    if (!signal.aborted) await store.transact((db) => removeGroupRows(db, group))
  }
}

const everything: Excess = { events: Infinity, bytes: Infinity, expiry: Infinity }

type Owner = EventRange['of']

async function removeExcess(db: Db, of: Owner, excess: Excess): Promise<number> {
  const oldest = await listEvents(db, {
    of,
    startTime: 0,
    endTime: Number.MAX_SAFE_INTEGER,
    direction: 'forward',
    beyond: { timestamp: 0, eventId: 0 },
    limit: eventsATransaction,
  })
  const removed = oldest.slice(0, countExcess(oldest, excess))
  const last = removed.at(-1)
  if (!last) return 0
  await removeEvents(db, of, last)
  await countEvents(db, of, { events: -removed.length, bytes: -totalBytes(removed) })
  return removed.length
}
