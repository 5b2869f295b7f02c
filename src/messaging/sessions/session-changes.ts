/** What sessions keep that is not on the disk yet. */
import type { Change } from '../../fabric/in-process/index.ts'
import type { Db } from '../../store/index.ts'
import type { KeptMessage, QueueKey } from './kept-message.ts'
import type { Logging } from './nodes/log-store.ts'
import type { SessionRecord } from './store.ts'

/** Hears that a message was not stored: its publisher knows too, so it is not tried again. */
export type OnLost = (kept: KeptMessage) => void

/** The last thing asked for by name; where it is known, whose it is. */
export interface NamedChange {
  queue?: QueueKey | undefined
  write: (db: Db) => Promise<void>
}

export interface Changes {
  sessions: Map<number, SessionRecord>
  named: Map<string, NamedChange>
  /** Without `OnLost` what is tried until it succeeds. */
  inserts: Map<KeptMessage, OnLost | undefined>
  updates: Set<KeptMessage>
  removals: Set<KeptMessage>
  /** Sessions that are gone, with all that is theirs. */
  ended: Map<number, QueueKey>
  /** Of those in `sessions`, the ones that have no row yet. */
  created: Set<number>
  /** For the sessions of all nodes; what could not be written is dropped, as its publisher knows. */
  logged: Logging[]
  /** What all nodes are told of, by what it is called: filters that were added or taken away, clients that have a session from now on. */
  told: Map<string, Change>
}

export const noChanges = (): Changes => ({
  sessions: new Map(),
  named: new Map(),
  inserts: new Map(),
  updates: new Set(),
  removals: new Set(),
  ended: new Map(),
  created: new Set(),
  logged: [],
  told: new Map(),
})

/** What was asked for later counts. */
export function addOlder(newer: Changes, older: Changes): void {
  for (const [id, record] of older.sessions)
    if (!newer.sessions.has(id) && !newer.ended.has(id)) newer.sessions.set(id, record)
  for (const [name, change] of older.named) if (!newer.named.has(name)) newer.named.set(name, change)
  for (const kept of older.inserts.keys())
    if (!newer.removals.delete(kept)) newer.inserts.set(kept, undefined) // removed: it need never be written
  for (const kept of older.updates) if (!newer.removals.has(kept)) newer.updates.add(kept)
  for (const kept of older.removals) if (!kept.isLost) newer.removals.add(kept)
  for (const [id, queue] of older.ended) newer.ended.set(id, queue)
  for (const id of older.created) newer.created.add(id)
  for (const [name, change] of older.told) newer.told.set(name, change)
}
