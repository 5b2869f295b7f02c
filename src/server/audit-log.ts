/** The record of API calls, read beside a server or without one. */
import { resolve } from 'node:path'
import {
  exportEntries,
  readSpool,
  toCloudTrailEvent,
  verifyChains,
  type VerifiedChain,
} from '../observability/audit/index.ts'
import { viewDatabase, viewPostgres, type Db } from '../store/index.ts'
import type { Config } from './config.ts'
import { checkDatabasePlace } from './database-place.ts'
import { auditSpoolFile, databaseFile } from './server-files.ts'

export type { VerifiedChain }

type Place = Pick<Config, 'dataDir' | 'database'>

function view<T>({ dataDir, database }: Place, look: (db: Db) => Promise<T>): Promise<T> {
  const directory = resolve(dataDir)
  checkDatabasePlace(directory, database)
  return database === undefined ? viewDatabase(databaseFile(directory), look) : viewPostgres(database, look)
}

/**
 * Reads all of it. `expected`: a hash that a chain ended with before.
 * @throws {Error} for a person, when there is no database or it cannot be read
 */
export function verifyAuditLog(place: Place, expected?: string): Promise<VerifiedChain[]> {
  return view(place, (db) => verifyChains(db, expected))
}

/** Calls `onLine` with the JSON of each entry, as CloudTrail writes it. Resolves with how many there were. */
export function exportAuditLog(
  place: Place & Pick<Config, 'region'>,
  times: { after?: Date | undefined; before?: Date | undefined },
  onLine: (line: string) => Promise<void>,
): Promise<number> {
  return view(place, async (db) => {
    let count = 0
    for await (const entry of exportEntries(db, times)) {
      await onLine(JSON.stringify(toCloudTrailEvent(entry, place.region)))
      count += 1
    }
    return count
  })
}

/** Entries that no chain has yet: a running server writes them within a second, one that was killed at its next start. */
export const countWaiting = ({ dataDir }: Place): number => readSpool(auditSpoolFile(resolve(dataDir))).length
