import type { Snapshot } from '../snapshots/snapshots.ts'

/** Copies that may have to be brought before they are read. */
export interface CopiesSource {
  /** For messages. */
  name: string
  /** In which they are read; holds what was fetched, and of the rest the names. */
  directory: string
  /** With what goes on from it. */
  fetchSnapshot: (snapshot: Snapshot) => Promise<void>
  /** Files beside the database, by their hashes. */
  fetchKept: (hashes: Iterable<string>) => Promise<void>
  fetchAllKept: () => Promise<void>
}

/** Of this machine: everything is there. */
export const directorySource = (directory: string): CopiesSource => ({
  name: directory,
  directory,
  fetchSnapshot: async () => {},
  fetchKept: async () => {},
  fetchAllKept: async () => {},
})
