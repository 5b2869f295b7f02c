/** Entries of each device together. */
import type { JournalEntry } from '../../api/events.ts'
import { subjectOf } from './subject.ts'

/** The newest entry of a device stands for those below it. */
export interface DeviceRow {
  id: string
  entry: JournalEntry
  /** Newest first; none in the row of one entry. */
  older: readonly JournalEntry[]
}

export const ofOne = (entry: JournalEntry): DeviceRow => ({ id: String(entry.entryId), entry, older: [] })

/** Who has no name yet is known by its address. `entries` newest first; so are the devices, by their newest one. */
export function byDevice(entries: readonly JournalEntry[]): DeviceRow[] {
  const groups = Map.groupBy(entries, (entry) => subjectOf(entry) ?? entry.sourceIp ?? '')
  return [...groups].flatMap(([name, [entry, ...older]]) =>
    entry ? [{ id: `of ${name}`, entry, older }] : [],
  )
}
