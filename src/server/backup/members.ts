/** Which files of a data directory belong into a backup of it. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export const databaseName = 'muster.db'
/** By what a server knows that it is the one that writes copies (copies/owner): nobody else is to take it along. */
export const copiesOwnerName = 'copies-owner.json'
/** Where a backup is put together, in the data directory: what is secret stays where it is secret. */
export const backupDraft = 'backup.draft'
/** Ends the name of a backup that has not got its own yet. */
export const archiveDraftEnding = '.draft'
/** Where a restored directory's files are until all of them are there. */
export const restoreDraft = 'restore.draft'

/** The database is copied by itself, locks are the process's, and where a server listens is its own affair. */
const notKept = new Set([
  databaseName,
  `${databaseName}-wal`,
  `${databaseName}-shm`,
  'muster.lock',
  'muster.lock-journal',
  'endpoints.json',
  copiesOwnerName,
  'lost+found',
])
/** Of files that take their name once they are whole. */
const draftEndings = /\.(?:draft|new)$/
/** No directory of Muster is deeper; links may go in a circle. */
const maxDepth = 8

/**
 * Paths relative to the directory, in order; links count as what they lead to.
 * @throws {Error} of the system when something cannot be read
 */
export async function listMembers(dataDir: string): Promise<string[]> {
  return await walk(dataDir, '', maxDepth)
}

async function walk(dataDir: string, below: string, depth: number): Promise<string[]> {
  const names = (await readdir(join(dataDir, below))).filter((name) => !draftEndings.test(name))
  const found: string[] = []
  for (const name of names.toSorted()) {
    if (below === '' && notKept.has(name)) continue
    const path = join(below, name)
    const facts = await stat(join(dataDir, path)).catch(ignoreMissing)
    if (facts?.isDirectory() && depth > 0) found.push(...(await walk(dataDir, path, depth - 1)))
    if (facts?.isFile()) found.push(path)
  }
  return found
}

/** Removed since its name was read. */
export function ignoreMissing(cause: unknown): undefined {
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw cause
}
