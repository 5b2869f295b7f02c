import { resolve } from 'node:path'
import { askPendingSteps, readPendingSteps, type PendingSteps } from '../store/index.ts'
import type { Config } from './config.ts'
import { checkDatabasePlace } from './database-place.ts'
import { databaseFile } from './server-files.ts'

/**
 * What a start of this version would do to the schema, which stays as it is; whether or not a server is running.
 * @throws {Error} for a person, when there is no database, or one of a newer version
 */
export function listPendingSteps({
  dataDir,
  database,
}: Pick<Config, 'dataDir' | 'database'>): Promise<PendingSteps> {
  const directory = resolve(dataDir)
  checkDatabasePlace(directory, database)
  return database === undefined ? readPendingSteps(databaseFile(directory)) : askPendingSteps(database)
}
